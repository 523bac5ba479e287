package cmd

import (
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/task/registry"
)

func newRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "run",
		Aliases: []string{"start"},
		Short:   "Serve until a signal comes",
		Long: `run reads the chain and serves. SIGINT and SIGTERM let calls under way finish; a second signal ends it at once. GET /readyz answers 200 once calls are
answered. While no node answers, calls go on by what was read last, and answers say how old that is.`,
		Example: `  agon-gateway run --chain-id agon-1
  agon-gateway run --open-access --allow-private`,
		Args: cobra.NoArgs,
		RunE: runRun,
	}
	gateway.AddFlags(cmd.Flags())
	return cmd
}

func runRun(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	c, err := load(cmd)
	if err != nil {
		return err
	}
	ring, err := openKey(cmd, c)
	if err != nil {
		return err
	}
	log := logger(cmd, c)
	node := c.Chain()
	node.Logger = log
	client, err := chain.Dial(ctx, node)
	if err != nil {
		return err
	}
	defer client.Close()
	o, err := gateway.OnChain(client, ring, c, registry.Tasks(), log)
	if err != nil {
		return err
	}
	g, err := gateway.New(o)
	if err != nil {
		return err
	}
	gateway.RelaxCollector()
	return g.Run(ctx)
}
