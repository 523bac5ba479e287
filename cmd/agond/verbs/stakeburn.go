package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func stakeBurnCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "burn AMOUNT --subnet SUBNET",
		Short: "Buy a subnet's token and destroy it, which raises what the rest is worth",
		Long:  "Buy a subnet's token with AGON and destroy it. Nobody gets anything for it: the price rises and whoever holds the token gains.",
		Example: `agond stake burn 10agon --subnet 3 --dry-run
agond stake burn 10agon --subnet LANG --slippage 0.5% --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			give, err := parseAmount(args[0])
			if err == nil && give.Unit != unitAgon {
				err = fmt.Errorf("%w: %q: it is bought with AGON: write 10agon", errAmount, args[0])
			}
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			p, err := s.planBurn(give, subnet)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	slippageFlags(cmd, flagMinAlpha, "the least token that the trade must bring, exactly, such as 9.9alpha; instead of --slippage")
	return cmd
}

func (s *session) planBurn(give amount, subnet subnettypes.Subnet) (plan, error) {
	coin := give.coin(subnet.Netuid)
	q, err := s.quote(subnet.Netuid, coin)
	if err != nil {
		return plan{}, err
	}
	msg := &staketypes.MsgBuyAndBurn{Payer: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, Amount: coin}
	out := q.Out.Amount.Uint64()
	if msg.MinAlpha, err = least(s.cmd, flagMinAlpha, unitAlpha, out); err != nil {
		return plan{}, err
	}
	p := plan{verb: "stake burn", msg: msg, warn: "nobody gets anything back"}
	p.about = sheet{
		{"account", msg.Payer, "account", msg.Payer + " (" + s.ctx.FromName + ")"},
		subnetLine(subnet),
		{"paid", coin.String(), "you give", give.String()},
	}
	lines, _ := quoted(q)
	p.expect = append(sheet{{"quoted_alpha", base(out), "destroyed", plain(out) + " " + subnet.Symbol}}, lines...)
	p.expect = append(p.expect, floor("min_alpha", msg.MinAlpha, " "+subnet.Symbol))
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgBuyAndBurnResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"alpha", base(r.Alpha), "destroyed", plain(r.Alpha) + " " + subnet.Symbol}, {"fee", base(r.Fee), "pool fee", agon(r.Fee)}}, nil
	}
	return p, nil
}
