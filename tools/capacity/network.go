package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/tools/capacity/gossip"
)

// networkCommand simulates blocks of some sizes at some bandwidths, as a table of docs/capacity.md.
func networkCommand() *cobra.Command {
	n := gossip.Network{Nodes: 100, Peers: 10, Sleep: 100 * time.Millisecond, Check: 50 * time.Millisecond, Part: 64 << 10, Vote: 200}
	var sizes, megabits []int
	var seed uint64
	cmd := &cobra.Command{
		Use: "network", Short: "Simulate how long a block takes to two thirds of the votes", Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			simulate(cmd.OutOrStdout(), n, sizes, megabits, seed)
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&n.Nodes, "nodes", n.Nodes, "consensus nodes")
	f.IntVar(&n.Peers, "peers", n.Peers, "peers that each dials")
	f.DurationVar(&n.Check, "check", n.Check, "from a whole block to a vote on it")
	f.IntSliceVar(&sizes, "bytes", []int{20_000, 1_450_000, 4 << 20}, "sizes of blocks")
	f.IntSliceVar(&megabits, "megabits", []int{20, 100, 1_000}, "upload of each node, Mbit/s")
	f.Uint64Var(&seed, "seed", 1, "of what is drawn")
	return cmd
}

func simulate(w io.Writer, n gossip.Network, sizes, megabits []int, seed uint64) {
	fmt.Fprint(w, "| block | upload | block at the median node, the last | commit at the median node, the last | parts sent by a node |\n|---|---|---|---|---|\n")
	for _, size := range sizes {
		for _, rate := range megabits {
			n.Block, n.Upload = size, float64(rate)*1e6/8
			r := gossip.Simulate(n, seed)
			fmt.Fprintf(w, "| %d B | %d Mbit/s | %.2f s, %.2f s | %.2f s, %.2f s | %.1f MB |\n", size, rate,
				r.Block.Seconds(), r.BlockLast.Seconds(), r.Commit.Seconds(), r.CommitLast.Seconds(), r.Sent/1e6)
		}
	}
}
