package cmd

import (
	"context"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner"
	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/task/registry"
)

func newRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve until a signal comes",
		Long: `run loads the expert, publishes the endpoint where the chain does not know it yet, and serves. SIGINT and SIGTERM let requests
under way finish; a second signal ends it at once. GET /healthz answers 200 once requests are answered.`,
		Example: "  agon-miner run --register --netuid 1 --expert lingua-high --public-url http://203.0.113.7:8091",
		Args:    cobra.NoArgs,
		RunE:    runRun,
	}
	miner.AddFlags(cmd.Flags())
	cmd.Flags().Bool("register", false, "register the hotkey first if it is not, paid by the owner key of this keyring")
	return cmd
}

func runRun(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	c, err := load(cmd)
	if err != nil {
		return err
	}
	if err := c.ValidateServing(); err != nil {
		return err
	}
	register, err := cmd.Flags().GetBool("register")
	if err != nil {
		return err
	}
	k, err := openKeys(cmd, c)
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
	o := miner.Options{
		Config: c, Chain: miner.OnChain(client), Models: miner.ModelsOnChain(client), Register: register, ServiceKey: k.service, SealingKey: k.sealing,
		Tasks: registry.Tasks(), Experts: registry.Experts(), Log: log,
		Hardware: func(ctx context.Context) hardware.Report { return hardware.Local(ctx) },
		HotkeyQueue: func(granter sdk.AccAddress) (miner.Queue, error) {
			return chain.NewTxQueue(client, k.ring, c.SigningKey, chain.TxOptions{FeeGranter: granter})
		},
	}
	if o.Signer, err = k.ring.Address(c.SigningKey); err != nil {
		return err
	}
	if o.Hotkey, err = client.HotkeyOf(ctx, o.Signer); err != nil {
		return err
	}
	if o.Owner, o.OwnerAddress, err = ownerQueue(client, k); err != nil {
		return err
	}
	m, err := miner.New(o)
	if err != nil {
		return err
	}
	return m.Run(ctx)
}
