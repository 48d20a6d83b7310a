package connectors

import "strings"

// hidden stands for what must not be shown.
const hidden = "******"

// secretWords are parts of keys of options whose values are secret: those of Flink, and what the connectors here know.
func secretWords() []string {
	return []string{
		"password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params", "service-key", "token", "basic-auth",
		"jaas.config", "http-headers", "access-key", "access.key", "private-key", "keystore.key", "credential", "passphrase",
	}
}

// IsSecret tells whether the value of an option must not be shown.
func IsSecret(key string) bool {
	k := strings.ToLower(key)
	for _, w := range secretWords() {
		if strings.Contains(k, w) {
			return true
		}
	}
	return false
}

// Masked is the value of an option as it may be shown: asterisks if it is a secret, addresses without the names and passwords in them.
func Masked(key, value string) string {
	if IsSecret(key) {
		return hidden
	}
	if !strings.Contains(value, "://") {
		return value
	}
	var b strings.Builder
	for rest := value; ; {
		before, after, ok := strings.Cut(rest, "://")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString("://")
		host := after
		if i := strings.IndexAny(after, "/?#, "); i >= 0 {
			host = after[:i]
		}
		rest = after
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			b.WriteString(hidden)
			rest = after[i:]
		}
	}
}
