package gateway

import (
	"strconv"

	"millrace/operators/vector"
)

var kindNames = [4]string{"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"} //nolint:gochecknoglobals // a constant

// appendPage appends the JSON body of a page.
func appendPage(dst []byte, version int, session, operation, format string, p Page) ([]byte, error) {
	link := func(token int64) {
		dst = append(append(dst, `,"nextResultUri":"/v`...), byte('0'+version))
		dst = append(append(dst, "/sessions/"...), session...)
		dst = append(append(dst, "/operations/"...), operation...)
		dst = strconv.AppendInt(append(dst, "/result/"...), token, 10)
		if version > 1 {
			dst = append(append(dst, "?rowFormat="...), format...)
		}
		dst = append(dst, '"')
	}
	if p.Result == nil {
		dst = append(dst, `{"resultType":"NOT_READY"`...)
		link(0)
		return append(dst, '}'), nil
	}
	dst = append(dst, `{"resultType":"`...)
	if p.End {
		dst = append(dst, "EOS"...)
	} else {
		dst = append(dst, "PAYLOAD"...)
	}
	dst = strconv.AppendBool(append(dst, `","isQueryResult":`...), p.Result.Query)
	if p.Result.JobID != "" {
		dst = appendString(append(dst, `,"jobID":`...), p.Result.JobID)
	}
	dst = append(dst, `,"resultKind":"SUCCESS`...)
	if p.Result.Content {
		dst = append(dst, "_WITH_CONTENT"...)
	}
	dst = appendColumns(append(dst, `","results":{"columns":`...), p.Result.Schema)
	dst = append(append(dst, `,"rowFormat":"`...), format...)
	dst = append(dst, `","data":[`...)
	dst, err := appendRows(dst, format, p)
	if err != nil {
		return nil, err
	}
	dst = append(dst, "]}"...)
	if !p.End {
		link(p.Token + 1)
	}
	return append(dst, '}'), nil
}

func appendRows(dst []byte, format string, p Page) ([]byte, error) {
	c := newCells(p.Result.Zone)
	text := PlainText{Style: p.Result.Style, c: c}
	var scratch []byte
	first := true
	for _, b := range p.Rows {
		for i := range b.Len {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(append(dst, `{"kind":"`...), kindNames[b.Kind(i)]...)
			dst = append(dst, `","fields":[`...)
			for j, v := range b.Columns {
				if j > 0 {
					dst = append(dst, ',')
				}
				if format == "JSON" {
					var err error
					if dst, err = c.append(dst, v, i); err != nil {
						return nil, err
					}
					continue
				}
				dst, scratch = appendPlain(dst, scratch, &text, v, i)
			}
			dst = append(dst, "]}"...)
		}
	}
	return dst, nil
}

func appendPlain(dst, scratch []byte, text *PlainText, v *vector.Vector, i int) (out, buffer []byte) {
	if v.IsNull(i) {
		return append(dst, "null"...), scratch
	}
	scratch = text.Append(scratch[:0], v, i)
	return appendText(dst, scratch), scratch
}
