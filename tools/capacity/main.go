// Command capacity measures what docs/capacity.md reckons with: blocks of a chain of many subnets that are full, on disk, with the
// votes of many consensus validators; what its state and the network's transactions weigh; and how long a block takes through a network.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

type options struct {
	shape
	blocks   int
	dir      string
	profile  string
	snapshot bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use: "capacity", Short: "Measure blocks, state and transactions of a chain of full subnets", Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.IntVar(&o.Subnets, "subnets", 1_024, "subnets; 0 measures transactions alone")
	f.IntVar(&o.Neurons, "neurons", 256, "neurons of each subnet")
	f.IntVar(&o.Validators, "validators", 64, "neurons of each subnet that weigh the others")
	f.Int64Var(&o.Tempo, "tempo", 360, "blocks of an epoch")
	f.IntVar(&o.Nodes, "nodes", 100, "consensus validators")
	f.IntVar(&o.blocks, "blocks", 0, "blocks that are measured; 0 for a tempo")
	f.StringVar(&o.dir, "dir", "", "where the stores are kept; a temporary folder if empty")
	f.StringVar(&o.profile, "cpu-profile", "", "file for a processor profile of the measured blocks")
	f.BoolVar(&o.snapshot, "snapshot", true, "take a snapshot and restore it")
	cmd.AddCommand(networkCommand())
	return cmd
}

// report is what is printed, as JSON.
type report struct {
	shape
	Txs      map[string]txCost `json:"txs"`
	Blocks   *blocks           `json:"blocks,omitempty"`
	Stores   []store           `json:"stores,omitempty"`
	Snapshot *snapshot         `json:"snapshot,omitempty"`
}

func run(ctx context.Context, o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "capacity-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	begin := time.Now()
	progress := func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%6.0f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	out := report{shape: o.shape}
	var err error
	if out.Txs, err = transactions(filepath.Join(o.dir, "txs"), o.shape); err != nil {
		return err
	}
	progress("transactions measured")
	if o.Subnets > 0 {
		if err := out.measure(ctx, o, progress); err != nil {
			return err
		}
	}
	bz, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(bz))
	return nil
}
