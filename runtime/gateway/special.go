package gateway

import (
	"errors"
	"strings"
)

// refresh submits the refresh of a materialized table.
func (h *Handler) refresh(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	var body struct {
		IsPeriodic       *bool           `json:"isPeriodic"`
		ScheduleTime     *text           `json:"scheduleTime"`
		DynamicOptions   map[string]text `json:"dynamicOptions"`
		StaticPartitions map[string]text `json:"staticPartitions"`
		ExecutionConfig  map[string]text `json:"executionConfig"`
	}
	if !q.read("RefreshMaterializedTableRequestBody", &body) {
		return
	}
	if body.IsPeriodic == nil {
		q.incomplete("RefreshMaterializedTableRequestBody", "isPeriodic")
		return
	}
	parts := strings.Split(q.path[3], ".")
	for i, p := range parts {
		parts[i] = "`" + strings.ReplaceAll(p, "`", "``") + "`"
	}
	o, err := h.Gateway.Submit(id, "ALTER MATERIALIZED TABLE "+strings.Join(parts, ".")+" REFRESH", plain(body.ExecutionConfig))
	if err != nil {
		gatewayError(q.ResponseWriter, "refreshMaterializedTable", err)
		return
	}
	q.answer(map[string]string{"operationHandle": o.ID})
}

var errNoApplications = errors.New("Application Mode not supported by standalone deployments.") //nolint:staticcheck // Flink's text

// script refuses the deployment of a script: there is no cluster to deploy one on.
func (h *Handler) script(q request) {
	id, ok := q.handle(1, "session_handle")
	if !ok {
		return
	}
	var body struct {
		Script          text            `json:"script"`
		ScriptURI       text            `json:"scriptUri"`
		ExecutionConfig map[string]text `json:"executionConfig"`
	}
	if !q.read("DeployScriptRequestBody", &body) {
		return
	}
	const argument = "java.lang.IllegalArgumentException: "
	switch _, err := h.Gateway.session(id); {
	case body.Script == "" && body.ScriptURI == "":
		onServer(q.ResponseWriter, trace("", argument+"Please specify script content or uri."))
	case body.Script != "" && body.ScriptURI != "":
		onServer(q.ResponseWriter, trace("", argument+"Please specify either the script uri or the script content, but not both."))
	case err != nil:
		causes, _ := thrown(err)
		onServer(q.ResponseWriter, trace("", causes...))
	default:
		onServer(q.ResponseWriter, trace("", gatewayException+": Failed to deploy script to cluster.", "java.lang.UnsupportedOperationException: "+errNoApplications.Error()))
	}
}
