package objstore

import (
	"fmt"
	"strings"
)

// CheckKey refuses keys that not every store can hold: an empty one, and parts that are empty, "." or "..".
func CheckKey(key string) error {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsRune(part, 0) {
			return fmt.Errorf("object key %q: parts between slashes must not be empty, \".\" or \"..\"", key)
		}
	}
	return nil
}
