package verbs

import (
	"errors"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/chain"
)

func sendCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "send AMOUNT TO",
		Short:   "Send AGON, or a subnet's token, to an account",
		Long:    "Send AGON, or with --subnet a subnet's token that is not staked, to an address or a key of the keyring.",
		Example: "agond send 5agon bob --from alice\nagond send 3.2alpha agon1... --subnet 3 --yes",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			give, err := parseAmount(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			to, err := s.account(args[1])
			if err != nil {
				return err
			}
			p, err := s.planSend(give, to)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet whose token it is, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

func (s *session) planSend(give amount, to sdk.AccAddress) (plan, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	var netuid uint32
	about := sheet{{"account", s.ctx.FromAddress.String(), "from", s.ctx.FromAddress.String() + " (" + s.ctx.FromName + ")"}}
	switch {
	case give.Unit == unitAlpha:
		subnet, err := s.subnet(which)
		if err != nil {
			return plan{}, err
		}
		netuid = subnet.Netuid
		about = append(about, subnetLine(subnet))
	case which != "":
		return plan{}, errors.New("--subnet goes with a subnet's token, such as 3.2alpha; AGON has none")
	}
	coin := give.coin(netuid)
	about = append(about, field{"to", to.String(), "to", to.String()}, field{"sent", coin.String(), "amount", give.String()})
	return plan{
		verb: "send", about: about,
		msg:     banktypes.NewMsgSend(s.ctx.FromAddress, to, sdk.NewCoins(coin)),
		outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
	}, nil
}
