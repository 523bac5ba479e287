package cmd

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/task/registry"
)

type expertRow struct {
	Task      string `json:"task"`
	Name      string `json:"name"`
	About     string `json:"about"`
	Dishonest bool   `json:"dishonest"`
}

func newExpertsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "experts",
		Short: "List the experts that this program has",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows := []expertRow{}
			for _, s := range registry.Experts() {
				rows = append(rows, expertRow{s.Task, s.Name, s.About, s.Dishonest})
			}
			return answer(cmd, rows, func(w io.Writer) error {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "TASK\tEXPERT\tABOUT")
				for _, r := range rows {
					about := r.About
					if r.Dishonest {
						about += " (dishonest; needs --allow-dishonest)"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\n", r.Task, r.Name, about)
				}
				return t.Flush()
			})
		},
	}
	addOutput(cmd)
	return cmd
}
