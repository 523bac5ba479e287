package cmd

import (
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// nodeGCPercent is how far a node's heap grows before garbage is collected, in percent of what is alive. A node allocates much and
// keeps little: at Go's 100 it spends up to a third of its time on collection, for some hundred megabytes.
const nodeGCPercent = 300

// relaxCollector sets nodeGCPercent for `start`, where the operator has set nothing by GOGC.
func relaxCollector(start *cobra.Command) {
	run := start.RunE
	start.RunE = func(cmd *cobra.Command, args []string) error {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(nodeGCPercent)
		}
		return run(cmd, args)
	}
}
