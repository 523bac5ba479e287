package verbs

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

func stakeAutoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "auto HOTKEY|off --subnet SUBNET",
		Short: "Have what your miners earn in a subnet put behind one hotkey",
		Long: `Have what your miners earn in a subnet put behind one hotkey of your choice, as your own stake, where it earns dividends. off leaves it behind
each miner's own hotkey again. What your validators keep stays where it is. Nothing is locked: take it back with agond stake remove.`,
		Example: `agond stake auto 7 --subnet 3
agond stake auto "Alice's validator" --subnet LANG --yes
agond stake auto off --subnet 3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planAuto(args[0])
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

func (s *session) planAuto(who string) (plan, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	subnet, err := s.subnet(which)
	if err != nil {
		return plan{}, err
	}
	msg := &staketypes.MsgSetAutoStake{Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid}
	goes := "behind each miner's own hotkey"
	if !strings.EqualFold(who, "off") {
		to, err := s.validator(subnet.Netuid, who)
		if err != nil {
			return plan{}, err
		}
		msg.Hotkey, goes = to.Hotkey, "behind "+to.String()
	}
	p := plan{verb: "stake auto", msg: msg}
	p.about = sheet{
		{"account", msg.Owner, "account", msg.Owner + " (" + s.ctx.FromName + ")"},
		subnetLine(subnet),
		{"hotkey", msg.Hotkey, "mined rewards go", goes},
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgSetAutoStakeResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"auto_stake", msg.Hotkey, "mined rewards go", goes}}, nil
	}
	return p, nil
}
