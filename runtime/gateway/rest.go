package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"millrace/connectors"
)

// Versions are the versions of the REST interface that are served.
var versions = []string{"V1", "V2", "V3", "V4"} //nolint:gochecknoglobals // a constant

// maxBody bounds a request.
const maxBody = 64 << 20

// Handler serves the REST paths of a gateway.
type Handler struct {
	Gateway *Gateway
	// Version is what /info says beside the product.
	Version string
	// MaxBody bounds the bytes of a request; 0: 64 MiB.
	MaxBody int
}

// noTimeout refuses a timeout of a statement.
const noTimeout = "java.lang.UnsupportedOperationException: SqlGatewayService doesn't support timeout mechanism now."

// request is one request with its path taken apart.
type request struct {
	http.ResponseWriter
	*http.Request
	version int      // 1 to 4
	path    []string // without the version
	empty   *bool    // there was no body
	limit   int      // bytes of a body
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := request{ResponseWriter: w, Request: r, version: 4, empty: new(bool), limit: cmp.Or(h.MaxBody, maxBody)}
	defer q.rescue()
	q.path = strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(q.path[0]) == 2 && q.path[0][0] == 'v' {
		q.version = int(q.path[0][1] - '0')
		q.path = q.path[1:]
		if q.version < 1 || q.version > len(versions) {
			notFound(w, r)
			return
		}
	}
	if !h.route(q) { //nolint:contextcheck // the request has it
		notFound(w, r)
	}
}

// rescue answers a request whose handling ended in a panic, which is a defect.
func (q request) rescue() {
	if p := recover(); p != nil {
		writeErrors(q.ResponseWriter, http.StatusInternalServerError, "Internal server error.", fmt.Sprintf("<Exception on server side:\njava.lang.Error: %v\n%s\nEnd of exception on server side>", p, stack()))
	}
}

// route finds what to do; false: there is no such path.
func (h *Handler) route(q request) bool {
	if len(q.path) == 0 {
		return false
	}
	is := func(method string, parts ...string) bool {
		if q.Method != method || len(parts) != len(q.path) {
			return false
		}
		for i, p := range parts {
			if p != "*" && p != q.path[i] {
				return false
			}
		}
		return true
	}
	switch {
	case is("GET", "api_versions"):
		q.answer(map[string]any{"versions": versions})
	case is("GET", "info"):
		q.answer(struct {
			ProductName string `json:"productName"`
			Version     string `json:"version"`
		}{"Apache Flink", h.Version})
	case is("POST", "sessions"):
		h.openSession(q)
	case is("GET", "sessions", "*"):
		h.sessionConfig(q)
	case is("DELETE", "sessions", "*"):
		h.closeSession(q)
	case is("POST", "sessions", "*", "heartbeat"):
		h.heartbeat(q)
	case is("POST", "sessions", "*", "statements"):
		h.submit(q)
	case is("POST", "sessions", "*", "configure-session") && q.version >= 2:
		h.configure(q)
	case is("GET", "sessions", "*", "complete-statement") && q.version >= 2:
		h.complete(q)
	case is("GET", "sessions", "*", "operations", "*", "status"):
		h.status(q)
	case is("POST", "sessions", "*", "operations", "*", "cancel"):
		h.cancel(q)
	case is("DELETE", "sessions", "*", "operations", "*", "close"):
		h.closeOperation(q)
	case is("GET", "sessions", "*", "operations", "*", "result", "*"):
		h.fetch(q)
	case is("POST", "sessions", "*", "materialized-tables", "*", "refresh") && q.version == 3:
		h.refresh(q)
	case is("POST", "sessions", "*", "scripts") && q.version == 4:
		h.script(q)
	default:
		return false
	}
	return true
}

// answer answers with a value as JSON.
func (q request) answer(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		onServer(q.ResponseWriter, err.Error())
		return
	}
	writeJSON(q.ResponseWriter, http.StatusOK, b)
}

// read reads the body into v, whose type the error calls name. An empty body counts as {}.
func (q request) read(name string, v any) bool {
	b, err := io.ReadAll(io.LimitReader(q.Body, int64(q.limit)+1))
	switch {
	case err != nil:
		badRequest(q.ResponseWriter, "Bad request received.", err.Error())
		return false
	case len(b) > q.limit:
		writeErrors(q.ResponseWriter, http.StatusRequestEntityTooLarge, "content length exceeded "+strconv.Itoa(q.limit)+" bytes.")
		return false
	case len(strings.TrimSpace(string(b))) == 0:
		*q.empty = true
		return true
	}
	if err := json.Unmarshal(b, v); err != nil {
		badRequest(q.ResponseWriter, "Request did not match expected format "+name+".", "java.io.IOException: "+err.Error())
		return false
	}
	return true
}

// incomplete answers a body without a member that must be there.
func (q request) incomplete(name, member string) {
	text := "Request did not match expected format " + name + "."
	if *q.empty {
		text = "Bad request received. Request did not conform to expected format."
	}
	badRequest(q.ResponseWriter, text, "java.io.IOException: member \""+member+"\" is missing")
}

// handle reads a handle from the path.
func (q request) handle(i int, what string) (string, bool) {
	id, err := uuid.Parse(q.path[i])
	if err != nil || len(q.path[i]) != 36 {
		badParameter(q.ResponseWriter, "path", what, q.path[i])
		return "", false
	}
	return id.String(), true
}

// text is a string or a number or boolean where a string is expected.
type text string

// UnmarshalJSON accepts scalars.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' && b[0] != '{' && b[0] != '[' {
		if string(b) != "null" {
			*t = text(b)
		}
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

func plain(m map[string]text) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = string(v)
	}
	return out
}

func (h *Handler) openSession(q request) {
	var body struct {
		SessionName text            `json:"sessionName"`
		Properties  map[string]text `json:"properties"`
	}
	if !q.read("OpenSessionRequestBody", &body) {
		return
	}
	id, err := h.Gateway.Open(string(body.SessionName), plain(body.Properties))
	if err != nil {
		handlerError(q.ResponseWriter, "openSession", err)
		return
	}
	q.answer(map[string]string{"sessionHandle": id})
}

func (h *Handler) sessionConfig(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	s, err := h.Gateway.session(id)
	if err != nil {
		handlerError(q.ResponseWriter, "getSessionConfig", err)
		return
	}
	shown := s.session.Properties()
	for k, v := range shown {
		shown[k] = connectors.Masked(k, v)
	}
	q.answer(map[string]any{"properties": shown})
}

func (h *Handler) closeSession(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	if err := h.Gateway.CloseSession(id); err != nil {
		handlerError(q.ResponseWriter, "closeSession", err)
		return
	}
	q.answer(map[string]Status{"status": Closed})
}

func (h *Handler) heartbeat(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	if _, err := h.Gateway.session(id); err != nil {
		handlerError(q.ResponseWriter, "getSessionConfig", err)
		return
	}
	q.answer(struct{}{})
}

func (h *Handler) submit(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	var body struct {
		Statement        text            `json:"statement"`
		ExecutionTimeout int64           `json:"executionTimeout"`
		ExecutionConfig  map[string]text `json:"executionConfig"`
	}
	if !q.read("ExecuteStatementRequestBody", &body) {
		return
	}
	if body.ExecutionTimeout > 0 {
		onServer(q.ResponseWriter, trace("", noTimeout))
		return
	}
	o, err := h.Gateway.Submit(id, string(body.Statement), plain(body.ExecutionConfig))
	if err != nil {
		gatewayError(q.ResponseWriter, "executeStatement", err)
		return
	}
	q.answer(map[string]string{"operationHandle": o.ID})
}

func (h *Handler) configure(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	var body struct {
		Statement        text  `json:"statement"`
		ExecutionTimeout int64 `json:"executionTimeout"`
	}
	if !q.read("ConfigureSessionRequestBody", &body) {
		return
	}
	if body.ExecutionTimeout > 0 {
		onServer(q.ResponseWriter, trace("", noTimeout))
		return
	}
	if _, err := h.Gateway.session(id); err != nil {
		gatewayError(q.ResponseWriter, "configure session", err)
		return
	}
	if err := h.Gateway.Configure(q.Context(), id, string(body.Statement)); err != nil {
		gatewayError(q.ResponseWriter, "configure session", err)
		return
	}
	q.answer(struct{}{})
}

func (h *Handler) complete(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	var body struct {
		Statement text `json:"statement"`
		Position  *int `json:"position"`
	}
	if !q.read("CompleteStatementRequestBody", &body) {
		return
	}
	if body.Position == nil {
		q.incomplete("CompleteStatementRequestBody", "position")
		return
	}
	s, err := h.Gateway.session(id)
	if err != nil {
		gatewayError(q.ResponseWriter, "completeStatement", err)
		return
	}
	candidates := s.session.Complete(string(body.Statement), *body.Position)
	if candidates == nil {
		candidates = []string{}
	}
	q.answer(map[string][]string{"candidates": candidates})
}

// operation reads both handles.
func (q request) operation() (session, operation string, ok bool) {
	if session, ok = q.handle(1, "session_handle"); !ok {
		return
	}
	operation, ok = q.handle(3, "operation_handle")
	return
}

func (h *Handler) status(q request) {
	session, id, ok := q.operation()
	if !ok {
		return
	}
	o, err := h.Gateway.Operation(session, id)
	if err != nil {
		handlerError(q.ResponseWriter, "getOperationInfo", err)
		return
	}
	q.answer(map[string]Status{"status": o.Status()})
}

func (h *Handler) cancel(q request) {
	session, id, ok := q.operation()
	if !ok {
		return
	}
	o, err := h.Gateway.Operation(session, id)
	if err == nil {
		err = o.Cancel()
	}
	if err != nil {
		handlerError(q.ResponseWriter, "cancelOperation", err)
		return
	}
	q.answer(map[string]Status{"status": Canceled})
}

func (h *Handler) closeOperation(q request) {
	session, id, ok := q.operation()
	if !ok {
		return
	}
	if err := h.Gateway.CloseOperation(session, id); err != nil {
		handlerError(q.ResponseWriter, "closeOperation", err)
		return
	}
	q.answer(map[string]Status{"status": Closed})
}

// rowFormat reads the query parameter. Version 1 always has JSON.
func (q request) rowFormat() (string, bool) {
	formats := q.URL.Query()["rowFormat"]
	if q.version == 1 || len(formats) == 0 {
		return "JSON", true
	}
	if len(formats) > 1 {
		badRequest(q.ResponseWriter, "Expected only one value ["+strings.Join(formats, ", ")+"].")
		return "", false
	}
	f := strings.ToUpper(formats[0])
	if f != "JSON" && f != "PLAIN_TEXT" {
		badParameter(q.ResponseWriter, "query", "rowFormat", formats[0])
		return "", false
	}
	return f, true
}

func (h *Handler) fetch(q request) {
	session, id, ok := q.operation()
	if !ok {
		return
	}
	token, err := strconv.ParseInt(q.path[5], 10, 64)
	if err != nil {
		badParameter(q.ResponseWriter, "path", "token", q.path[5])
		return
	}
	format, ok := q.rowFormat()
	if !ok {
		return
	}
	o, err := h.Gateway.Operation(session, id)
	if err != nil {
		fetchError(q.ResponseWriter, id, false, err)
		return
	}
	var body []byte
	err = o.Fetch(q.Context(), token, func(p Page) (err error) {
		body, err = appendPage(nil, q.version, session, id, format, p)
		return err
	})
	if err != nil {
		fetchError(q.ResponseWriter, id, o.Status() == Failed, err)
		return
	}
	writeJSON(q.ResponseWriter, http.StatusOK, body)
}
