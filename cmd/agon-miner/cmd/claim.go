package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func newClaimCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim",
		Short: "Claim what callers have vouched for, without serving",
		Long: `claim has the chain pay what is left in the book of vouchers: before the home folder moves, or when the hotkey has lost its uid. A miner that runs
claims by itself, and all that is left when it is stopped.`,
		Example: "  agon-miner claim",
		Args:    cobra.NoArgs,
		RunE:    runClaim,
	}
	miner.AddFlags(cmd.Flags(), "home", "rpc", "grpc", "chain-id", "gas-price", "poll-every", "keyring-backend", "signing-key", "netuid", "log-level", "log-format")
	addOutput(cmd)
	return cmd
}

func runClaim(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	c, err := load(cmd)
	if err != nil {
		return err
	}
	if err := c.ValidateNetuid(); err != nil {
		return err
	}
	k, err := openKeys(cmd, c)
	if err != nil {
		return err
	}
	s := miner.Settlement{Config: c, Log: logger(cmd, c)}
	if s.Signer, err = k.ring.Address(c.SigningKey); err != nil {
		return err
	}
	node := c.Chain()
	node.Logger = s.Log
	client, err := chain.Dial(ctx, node)
	if err != nil {
		return err
	}
	defer client.Close()
	s.Chain = miner.OnChain(client)
	if s.Hotkey, err = client.HotkeyOf(ctx, s.Signer); err != nil {
		return err
	}
	// The owner pays the fee, also of a hotkey that has lost its uid.
	r, err := client.Subnet().Hotkey(ctx, &subnettypes.QueryHotkeyRequest{Hotkey: s.Hotkey.String()})
	if err != nil {
		return fmt.Errorf("ask for the owner of hotkey %s: %w", s.Hotkey, err)
	}
	granter, err := sdk.AccAddressFromBech32(r.Owner)
	if err != nil {
		return fmt.Errorf("owner of hotkey %s: %w", s.Hotkey, err)
	}
	if s.Queue, err = chain.NewTxQueue(client, k.ring, c.SigningKey, chain.TxOptions{FeeGranter: granter}); err != nil {
		return err
	}
	got, err := s.Claim(ctx)
	if err != nil {
		return err
	}
	return answer(cmd, got, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d nagon paid to the owner and those who share in it, %d left\n", got.Book, got.Paid, got.Left)
		return err
	})
}
