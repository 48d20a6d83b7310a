package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Classed is an error that knows the class name under which Flink's clients expect it, such as
// "org.apache.flink.table.api.ValidationException". Clients show the last cause of an error with its class.
type Classed interface {
	error
	// Class is the name of the class; Chain are those of the exceptions around it, outermost first, with their messages.
	Class() string
}

const (
	gatewayException   = "org.apache.flink.table.gateway.api.utils.SqlGatewayException"
	executionException = "org.apache.flink.table.gateway.service.utils.SqlExecutionException"
	handlerException   = "org.apache.flink.runtime.rest.handler.RestHandlerException"
	validation         = "org.apache.flink.table.api.ValidationException"
)

// cause is the line of an error's root: class and message.
func cause(err error) string {
	class := validation
	if c := Classed(nil); errors.As(err, &c) {
		class = c.Class()
	}
	return class + ": " + strings.TrimRight(err.Error(), "\n")
}

// trace builds the text of a chain of exceptions: the first line, then the causes.
func trace(first string, causes ...string) string {
	return first + "\n" + frame + strings.Join(prefixed(causes), "")
}

// frame stands for the stack: clients cut the message of a cause at the first line that begins with a tab.
const frame = "\tat millrace(gateway)\n"

func prefixed(causes []string) []string {
	out := make([]string, len(causes))
	for i, c := range causes {
		out[i] = "Caused by: " + c + "\n" + frame
	}
	return out
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
	causes := []string{gatewayException + ": Failed to fetchResults."}
	if failed {
		causes = append(causes, executionException+": Failed to execute the operation "+operation+".")
	}
	onServer(w, trace(gatewayException+": "+gatewayException+": Failed to fetchResults.", append(causes, cause(err))...))
}

// handlerError answers an error of a request about a session or operation.
func handlerError(w http.ResponseWriter, action string, err error) {
	class := gatewayException
	if c := Classed(nil); errors.As(err, &c) {
		class = c.Class()
	}
	writeErrors(w, http.StatusInternalServerError, trace(handlerException+": Failed to "+action+".",
		gatewayException+": Failed to "+action+".", class+": "+err.Error()))
}

// badRequest answers a request that cannot be read.
func badRequest(w http.ResponseWriter, message string, causes ...string) {
	writeErrors(w, http.StatusBadRequest, trace(handlerException+": "+message, causes...))
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, http.StatusNotFound, "Not found: "+r.URL.EscapedPath())
}
