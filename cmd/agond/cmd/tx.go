package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/cmd/agond/verbs"
)

// gasAdjustment is the margin over simulated gas: a simulation pays no fee, which takes half as much again of the smallest
// transactions, and state can change between the simulation and the block.
const gasAdjustment = "1.8"

// txCommand holds what can be done with transactions themselves; modules add their own below it.
func txCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "tx",
		Short:                      "Make, sign and send transactions",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(
		authcmd.GetSignCommand(),
		authcmd.GetSignBatchCommand(),
		authcmd.GetMultiSignCommand(),
		authcmd.GetMultiSignBatchCmd(),
		authcmd.GetValidateSignaturesCommand(),
		authcmd.GetBroadcastCommand(),
		authcmd.GetEncodeCommand(),
		authcmd.GetDecodeCommand(),
		authcmd.GetSimulateCmd(),
	)
	return cmd
}

// defaultFees makes a transaction pay the usual gas price for simulated gas, unless its flags say anything about
// either. Offline there is nothing to simulate on, and a transaction that is only printed is finished by someone else.
func defaultFees(cmd *cobra.Command) error {
	if !below(cmd, "tx") && !verbs.Signs(cmd) {
		return nil
	}
	set := cmd.Flags()
	price, fees, gas := set.Lookup(flags.FlagGasPrices), set.Lookup(flags.FlagFees), set.Lookup(flags.FlagGas)
	if price == nil || fees == nil || gas == nil {
		return nil
	}
	if !price.Changed && !fees.Changed {
		if err := price.Value.Set(params.MinGasPrice); err != nil {
			return fmt.Errorf("--%s: %w", flags.FlagGasPrices, err)
		}
	}
	for _, name := range []string{flags.FlagOffline, flags.FlagGenerateOnly} {
		if flag := set.Lookup(name); flag != nil && flag.Value.String() == "true" {
			return nil
		}
	}
	if gas.Changed {
		return nil
	}
	if err := gas.Value.Set(flags.GasFlagAuto); err != nil {
		return fmt.Errorf("--%s: %w", flags.FlagGas, err)
	}
	if margin := set.Lookup(flags.FlagGasAdjustment); margin != nil && !margin.Changed {
		if err := margin.Value.Set(gasAdjustment); err != nil {
			return fmt.Errorf("--%s: %w", flags.FlagGasAdjustment, err)
		}
	}
	return nil
}

// below says whether a command is in the part of the tree that starts at the top-level command called name.
func below(cmd *cobra.Command, name string) bool {
	for ; cmd.HasParent(); cmd = cmd.Parent() {
		if cmd.Name() == name && !cmd.Parent().HasParent() {
			return true
		}
	}
	return false
}
