package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

func stakeTransferCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfer AMOUNT|PERCENT|all --subnet SUBNET [--validator WHO] --to ACCOUNT",
		Short: "Give stake to another account, behind the same validator",
		Long:  "Give stake to another account. It stays behind the same validator and nothing is traded. --subnet root gives root stake. The account is an address or a key of the keyring.",
		Example: `agond stake transfer 5alpha --subnet 3 --to bob
agond stake transfer all --subnet LANG --validator 7 --to agon1... --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, from, err := openSource(cmd, args[0])
			if err != nil {
				return err
			}
			who, _ := cmd.Flags().GetString(flagTo)
			to, err := s.account(who)
			if err != nil {
				return fmt.Errorf("--%s: %w", flagTo, err)
			}
			return s.carryOut(s.planTransfer(from, to))
		},
	}
	signFlags(cmd)
	whereFlags(cmd, "whom you back: a name, a hotkey or a uid")
	cmd.Flags().String(flagTo, "", "who gets it: an address or a key of the keyring (required)")
	return cmd
}

func (s *session) planTransfer(from source, to sdk.AccAddress) plan {
	msg := &staketypes.MsgTransferStake{
		Owner: s.ctx.FromAddress.String(), Recipient: to.String(), Hotkey: from.behind.Hotkey, Netuid: from.subnet.Netuid, Alpha: from.ask,
	}
	p := plan{verb: "stake transfer", msg: msg, about: s.about(from.subnet, from.behind), expect: sheet{from.line("you give")}}
	p.about = append(p.about, field{"recipient", to.String(), "to", to.String()})
	p.warn = "it is theirs for good once a block has it"
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgTransferStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"alpha", base(r.Alpha), "given", counted(r.Alpha, from.subnet.Netuid) + ": no trade, no price"}}, nil
	}
	return p
}
