package display

import (
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// NewTable has the look of all tables: numbers stand right, the columns named in left stand left. Without a header all stand left.
func NewTable(title string, header table.Row, left ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header, t.Style().Format.Footer = text.FormatDefault, text.FormatDefault
	t.Style().Title.Align = text.AlignLeft
	if title != "" {
		t.SetTitle("%s", title)
	}
	if header == nil {
		return t
	}
	t.AppendHeader(header)
	columns := make([]table.ColumnConfig, len(header))
	for i, name := range header {
		columns[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight}
		if word, ok := name.(string); ok && slices.Contains(left, word) {
			columns[i].Align, columns[i].AlignHeader, columns[i].AlignFooter = text.AlignLeft, text.AlignLeft, text.AlignLeft
		}
	}
	t.SetColumnConfigs(columns)
	return t
}
