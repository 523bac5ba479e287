package verbs

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

const flagTo = "to"

func stakeMoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "move AMOUNT|PERCENT|all --subnet SUBNET [--validator FROM] --to WHO",
		Short: "Back another validator of the same subnet, without a trade",
		Long: `Put stake behind another validator of the same subnet. Nothing is traded, so there is no price and no pool fee. --validator can be
left out where you back only one in the subnet. --subnet root moves root stake.`,
		Example: `agond stake move all --subnet 3 --to "Alice's validator"
agond stake move 50% --subnet LANG --validator 7 --to 9 --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, from, err := openSource(cmd, args[0])
			if err != nil {
				return err
			}
			who, _ := cmd.Flags().GetString(flagTo)
			if who == "" {
				return errors.New("say whom to back from now on with --to NAME, HOTKEY or UID")
			}
			to, err := s.validator(from.subnet.Netuid, who)
			if err != nil {
				return err
			}
			return s.carryOut(s.planMove(from, to))
		},
	}
	signFlags(cmd)
	whereFlags(cmd, "whom you back now: a name, a hotkey or a uid")
	cmd.Flags().String(flagTo, "", "whom to back from now on: a name, a hotkey or a uid (required)")
	return cmd
}

func (s *session) planMove(from source, to candidate) plan {
	msg := &staketypes.MsgMoveStake{
		Owner: s.ctx.FromAddress.String(), Hotkey: from.behind.Hotkey, ToHotkey: to.Hotkey, Netuid: from.subnet.Netuid, Alpha: from.ask,
	}
	p := plan{verb: "stake move", msg: msg, about: s.about(from.subnet, from.behind), expect: sheet{from.line("you move")}}
	p.about = append(p.about, field{"to_hotkey", to.Hotkey, "to", to.String()})
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgMoveStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"alpha", base(r.Alpha), "moved", counted(r.Alpha, from.subnet.Netuid) + ": no trade, no price"}}, nil
	}
	return p
}
