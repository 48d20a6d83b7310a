package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Thrown is an error with the chain of exceptions by which Flink's clients know it. They show the last one.
type Thrown struct {
	// Causes are the exceptions, the outermost first, each as "class: message".
	Causes []string
	// Err is the error in our words. It is sent along as a frame of the stack.
	Err error
}

// Error is the text in our words.
func (t *Thrown) Error() string { return t.Err.Error() }

// Unwrap returns the error in our words.
func (t *Thrown) Unwrap() error { return t.Err }

// Throw gives an error one exception, with the error's text as its message.
func Throw(class string, err error) error {
	return &Thrown{Causes: []string{class + ": " + err.Error()}, Err: err}
}

const (
	gatewayException   = "org.apache.flink.table.gateway.api.utils.SqlGatewayException"
	executionException = "org.apache.flink.table.gateway.service.utils.SqlExecutionException"
	handlerException   = "org.apache.flink.runtime.rest.handler.RestHandlerException"
	requestException   = "org.apache.flink.runtime.rest.handler.HandlerRequestException"
)

// refuse is an error in Flink's words.
func refuse(class, format string, args ...any) error {
	return Throw(class, fmt.Errorf(format, args...)) //nolint:err113 // the format is a constant of the caller
}

func noSession(id string) error { return refuse(gatewayException, "Session '%s' does not exist.", id) }

// thrown is the chain of exceptions of an error and what else to say about it.
func thrown(err error) (causes []string, detail string) {
	if t := (*Thrown)(nil); errors.As(err, &t) {
		return t.Causes, t.Err.Error()
	}
	return []string{executionException + ": " + strings.TrimRight(err.Error(), "\n")}, ""
}

// frame stands for the stack: clients cut the message of a cause at the first line that begins with a tab.
const frame = "\tat millrace(gateway)\n"

// trace is the text of a chain of exceptions. The detail becomes the frames of the last one, unless that says it already.
func trace(detail string, causes ...string) string {
	var b strings.Builder
	for i, c := range causes {
		if i > 0 {
			b.WriteString("Caused by: ")
		}
		b.WriteString(c + "\n")
		if i == len(causes)-1 && detail != "" && !strings.HasSuffix(c, ": "+detail) {
			for line := range strings.SplitSeq(detail, "\n") {
				b.WriteString("\tat millrace: " + line + "\n")
			}
		}
		b.WriteString(frame)
	}
	return b.String()
}

// writeErrors answers {"errors": [...]}.
func writeErrors(w http.ResponseWriter, status int, messages ...string) {
	b, _ := json.Marshal(map[string][]string{"errors": messages}) // strings always marshal
	writeJSON(w, status, b)
}

// writeJSON answers with a body that is JSON already.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone if this fails
}

// onServer is the shape of errors of statements: two messages, the second a trace.
func onServer(w http.ResponseWriter, text string) {
	writeErrors(w, http.StatusInternalServerError, "Internal server error.", "<Exception on server side:\n"+text+"\nEnd of exception on server side>")
}

// fetchError answers a failed fetch. failed tells whether the operation itself failed.
func fetchError(w http.ResponseWriter, operation string, failed bool, err error) {
	if errors.Is(err, errNoJSON) {
		writeErrors(w, http.StatusInternalServerError, "Internal server error. Could not map response to JSON.")
		return
	}
	if failed {
		err = failure(operation, err)
	}
	gatewayError(w, "fetchResults", err)
}

// failure puts the exception of a failed operation around its error.
func failure(operation string, err error) error {
	causes, _ := thrown(err)
	return &Thrown{Err: err, Causes: append([]string{executionException + ": Failed to execute the operation " + operation + "."}, causes...)}
}

// gatewayError answers an error of a request about a statement.
func gatewayError(w http.ResponseWriter, action string, err error) {
	causes, detail := thrown(err)
	outer := []string{gatewayException + ": " + gatewayException + ": Failed to " + action + ".", gatewayException + ": Failed to " + action + "."}
	onServer(w, trace(detail, append(outer, causes...)...))
}

// handlerError answers an error of a request about a session or operation.
func handlerError(w http.ResponseWriter, action string, err error) {
	causes, detail := thrown(err)
	outer := []string{handlerException + ": Failed to " + action + ".", gatewayException + ": Failed to " + action + "."}
	writeErrors(w, http.StatusInternalServerError, trace(detail, append(outer, causes...)...))
}

// badRequest answers a request that cannot be read.
func badRequest(w http.ResponseWriter, message string, causes ...string) {
	writeErrors(w, http.StatusBadRequest, trace("", append([]string{handlerException + ": " + message}, causes...)...))
}

// badParameter answers a parameter that cannot be read.
func badParameter(w http.ResponseWriter, kind, name, value string) {
	text := "Cannot resolve " + kind + " parameter (" + name + ") from value \"" + value + "\"."
	badRequest(w, "Bad request, could not parse parameters: "+text, requestException+": "+text)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, http.StatusNotFound, "Not found: "+r.URL.EscapedPath())
}
