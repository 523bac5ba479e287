// Command torture breaks real networks of Agon's programs and reports what was lost: nodes killed in the middle of blocks, networks cut in
// two or losing packets, disks that fill, keys that sign twice, validators that propose garbage or lie, daemons killed while users call.
// docs/reliability.md has the results.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	if hostile, err := asHostile(); hostile {
		if err != nil {
			fmt.Fprintln(os.Stderr, "torture:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// options of a run.
type options struct {
	dir, bin, data string
	output         string
	kills          int
	partitions     int
	signers        int
	disks          int
	proposals      int
	lies           int
	lossBlocks     int
	duration       time.Duration
	loadDuration   time.Duration
	loadBlockTime  time.Duration
	rate           int
	miners         int
	validators     int
	tempo          uint64
	blockTime      time.Duration
	patience       time.Duration
	seed           uint64
	log            *slog.Logger
}

// skipped is why a scenario cannot run on this machine.
type skipped struct{ error }

// scenario breaks one thing.
type scenario struct {
	name, short string
	run         func(ctx context.Context, o options, row *Row) error
}

func scenarios() []scenario {
	return []scenario{
		{"kill", "SIGKILL of a node of four at a random moment, and again", kill},
		{"partition", "cut off one node of four, then two; slow links; lost connections", partition},
		{"packets", "single packets between nodes in network namespaces are lost", packets},
		{"daemons", "SIGKILL of miners, validators and the gateway at random while users call and pay", daemons},
		{"double-sign", "two processes sign with one consensus key", doubleSign},
		{"load", "calls to the gateway at a fixed rate, in two subnets with many miners and validators", load},
		{"garbage", "one validator of four proposes garbage whenever it is its turn", garbage},
		{"lies", "one validator of four answers another hash of the state", lies},
		{"disk-full", "the disk of one node of four fills", diskFull},
		{"clock", "one node's clock is wrong", clock},
	}
}

func command() *cobra.Command {
	o := options{}
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	cmd := &cobra.Command{
		Use: "torture [scenario...]", Short: "Break networks and report what was lost",
		Long:      "Break networks of real programs and report what was lost. Scenarios: " + strings.Join(names, ", ") + "; without one, all.",
		ValidArgs: names, Args: cobra.OnlyValidArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error { return torture(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "", "where networks are made; a temporary folder if empty, removed if nothing failed")
	f.StringVar(&o.bin, "bin", "bin", "folder of the programs")
	f.StringVar(&o.data, "data", filepath.Join(".agon", "data", "udhr"), "texts that validators ask from")
	f.StringVar(&o.output, "output", "text", "text or json")
	f.IntVar(&o.kills, "kills", 200, "kill: how many times")
	f.IntVar(&o.partitions, "partitions", 10, "partition: how many of each kind")
	f.IntVar(&o.signers, "double-signs", 3, "double-sign: how many networks get one")
	f.IntVar(&o.disks, "disks", 5, "disk-full: how many times")
	f.IntVar(&o.proposals, "proposals", 39, "garbage: how many times; it has 13 kinds")
	f.IntVar(&o.lies, "lies", 3, "lies: how many times")
	f.IntVar(&o.lossBlocks, "loss-blocks", 30, "packets: for how many blocks at each rate of loss")
	f.DurationVar(&o.duration, "duration", 10*time.Minute, "daemons: how long")
	f.DurationVar(&o.loadDuration, "load-duration", 30*time.Minute, "load: how long")
	f.DurationVar(&o.loadBlockTime, "load-block-time", 2*time.Second, "load: what nodes wait after a block")
	f.IntVar(&o.rate, "rate", 500, "load: calls a second")
	f.IntVar(&o.miners, "miners", 50, "load: how many, half in each subnet")
	f.IntVar(&o.validators, "validators", 20, "load: how many, half in each subnet")
	f.Uint64Var(&o.tempo, "tempo", 60, "load: blocks of an epoch")
	f.DurationVar(&o.blockTime, "block-time", 600*time.Millisecond, "what nodes wait after a block, but under load")
	f.DurationVar(&o.patience, "patience", 5*time.Minute, "how long nothing may move that should, before it counts as a failure")
	f.Uint64Var(&o.seed, "seed", 0, "of the choices; 0: a fresh one, which is printed")
	return cmd
}

// torture runs the scenarios one after another and prints a row of each.
func torture(ctx context.Context, o options, names []string) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("--output is %q, text or json", o.output)
	}
	for flag, n := range map[string]int{
		"kills": o.kills, "partitions": o.partitions, "double-signs": o.signers, "disks": o.disks, "rate": o.rate,
		"miners": o.miners / loadSubnets, "validators": o.validators / loadSubnets,
		"proposals": o.proposals, "lies": o.lies, "loss-blocks": o.lossBlocks,
	} {
		if n < 1 {
			return fmt.Errorf("--%s is %d, at least 1", flag, n)
		}
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1 << 32)
	}
	o.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	temporary := o.dir == ""
	if temporary {
		var err error
		if o.dir, err = os.MkdirTemp("", "torture-"); err != nil {
			return err
		}
	}
	if o.output == "text" {
		fmt.Printf("seed %d\n\n%s", o.seed, header)
	}
	var rows []Row
	var failures []error
	for _, s := range scenarios() {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		row := one(ctx, o, s)
		rows = append(rows, row)
		if row.Failure != "" {
			failures = append(failures, fmt.Errorf("%s: %s", s.name, row.Failure))
		}
		if o.output == "text" {
			fmt.Print(row.Markdown())
		}
		if ctx.Err() != nil {
			break
		}
	}
	if o.output == "json" {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"seed": o.seed, "rows": rows}); err != nil {
			return err
		}
	}
	if len(failures) > 0 {
		return fmt.Errorf("%w\nthe networks are kept in %s", errors.Join(failures...), o.dir)
	}
	if temporary {
		return os.RemoveAll(o.dir)
	}
	return nil
}

// one runs a scenario in a folder of its own.
func one(ctx context.Context, o options, s scenario) Row {
	o.dir = filepath.Join(o.dir, s.name)
	row := Row{Scenario: s.name, Injected: s.short}
	start := time.Now()
	err := s.run(ctx, o, &row)
	row.Took = time.Since(start).Round(time.Second).String()
	var skip skipped
	switch {
	case errors.As(err, &skip):
		row.Skipped = skip.Error()
	case err != nil:
		row.Failure = err.Error()
	}
	return row
}
