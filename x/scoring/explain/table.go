package explain

import (
	"io"
	"strings"
	"text/tabwriter"
)

// table writes rows with their columns aligned to the right. The last cell of
// a row is free text behind the columns and may be empty. A blank line ends it.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		last := len(row) - 1
		line := strings.Join(row[:last], "\t") + "\t"
		if row[last] != "" {
			line += "  " + row[last]
		}
		if _, err := io.WriteString(t, line+"\n"); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// withNames puts a column of hotkeys before the last cell, if there are any.
func (o *Options) withNames(head []string, rows [][]string, uids []int) [][]string {
	all := append([][]string{head}, rows...)
	if o.Names == nil {
		return all
	}
	for k, row := range all {
		name := "HOTKEY"
		if k > 0 {
			name = o.hotkey(uids[k-1])
			name = cell(name == "", name)
		}
		last := len(row) - 1
		all[k] = append(append(append([]string{}, row[:last]...), name), row[last])
	}
	return all
}
