package cmd

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner"
)

func newRegisterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register the hotkey in a subnet, paid by the owner",
		Long: `register gives the hotkey a uid in a subnet for the price of the moment, part of which is held as collateral, and grants it its fees, in one
transaction of the owner. A hotkey that is registered already is left as it is.`,
		Example: "  agon-miner register --netuid 1",
		Args:    cobra.NoArgs,
		RunE:    runRegister,
	}
	miner.AddFlags(cmd.Flags(), "home", "rpc", "grpc", "chain-id", "gas-price", "poll-every", "keyring-backend", "passphrase-file", "signing-key", "netuid", "max-price", "fee-allowance", "log-level", "log-format")
	addOutput(cmd)
	return cmd
}

func runRegister(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	c, err := load(cmd)
	if err != nil {
		return err
	}
	if err := c.ValidateNetuid(); err != nil {
		return err
	}
	log := logger(cmd, c)
	k, err := openKeys(cmd, c)
	if err != nil {
		return err
	}
	node := c.Chain()
	node.Logger = log
	client, err := chain.Dial(ctx, node)
	if err != nil {
		return err
	}
	defer client.Close()
	r := miner.Registration{Chain: miner.OnChain(client), Netuid: c.Netuid, MaxPrice: c.MaxPrice, FeeAllowance: c.FeeAllowance, Log: log}
	if r.Signer, err = k.ring.Address(c.SigningKey); err != nil {
		return err
	}
	if r.Hotkey, err = client.HotkeyOf(ctx, r.Signer); err != nil {
		return err
	}
	if r.Owner, r.OwnerAddress, err = ownerQueue(client, k); err != nil {
		return err
	}
	got, err := r.Ensure(ctx)
	if err != nil {
		return err
	}
	return answer(cmd, got, func(w io.Writer) error {
		if got.Hash == "" {
			_, err := fmt.Fprintf(w, "%s is registered in subnet %d already, uid %d\n", r.Hotkey, c.Netuid, got.UID)
			return err
		}
		_, err := fmt.Fprintf(w, "%s has uid %d in subnet %d; paid %d nagon, fees granted: %t, transaction %s\n", r.Hotkey, got.UID, c.Netuid, got.Price, got.Granted, got.Hash)
		return err
	})
}

// ownerQueue opens the owner's queue, or returns none where its key is elsewhere.
func ownerQueue(client *chain.Client, k keys) (miner.Queue, sdk.AccAddress, error) {
	address, err := k.ring.Address(chain.KeyOwner)
	if errors.Is(err, chain.ErrNoKey) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	q, err := chain.NewTxQueue(client, k.ring, chain.KeyOwner, chain.TxOptions{})
	if err != nil {
		return nil, nil, err
	}
	return q, address, nil
}
