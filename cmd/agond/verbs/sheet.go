package verbs

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
)

// field is one line of an answer: a label and a text for people, a name and a value for programs. A field without a label is for
// programs only.
type field struct {
	name  string
	value any
	label string
	text  string
}

// sheet is an answer in lines: a table of two columns, or one JSON object.
type sheet []field

// base is a number of base units for programs: text, because numbers of JSON do not reach that far.
func base(v uint64) string { return strconv.FormatUint(v, 10) }

// MarshalJSON keeps the order of the fields. Of two with one name the last counts.
func (s sheet) MarshalJSON() ([]byte, error) {
	last := map[string]int{}
	for i, f := range s {
		last[f.name] = i
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range s {
		if last[f.name] != i || f.name == "" {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		out.WriteString(strconv.Quote(f.name) + ":")
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// table of what is for people.
func (s sheet) table(title string) string {
	t := newTable(title, nil)
	for _, f := range s {
		if f.label != "" {
			t.AppendRow(table.Row{f.label, f.text})
		}
	}
	return t.Render()
}
