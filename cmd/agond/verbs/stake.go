package verbs

import (
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
)

// Commands are all verbs.
func Commands() []*cobra.Command {
	return []*cobra.Command{
		stakeCommand(), portfolioCommand(), priceCommand(), subnetCommand(), crowdfundCommand(), modelCommand(), paymentCommand(), disputeCommand(), validatorsCommand(), validatorCommand(), hotkeyCommand(), ownerCommand(),
		rewardsCommand(), balanceCommand(), sendCommand(), identityCommand(), commitCommand(), commitmentsCommand(),
	}
}

func stakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stake",
		Short: "Back validators with AGON or a subnet's token, and take it back",
		Long: `Back validators with AGON or a subnet's token, and take it back.

A trade is quoted first and bounded: it brings at least what was quoted less 1 %, or is not made. --slippage or an exact limit say
otherwise. Amounts are 10agon, 0.5agon, 2500nagon or 3.2alpha, where alpha is the token of the subnet.`,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(
		stakeAddCommand(), stakeRemoveCommand(), stakeMoveCommand(), stakeSwapCommand(), stakeTransferCommand(), stakeBurnCommand(),
		stakeSellCommand(), stakeRedeemCommand(), stakeAutoCommand(),
	)
	return cmd
}
