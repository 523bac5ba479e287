package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func stakeSellCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sell AMOUNT|PERCENT|all --subnet SUBNET",
		Short: "Sell a subnet's token that is not staked",
		Long: `Sell a subnet's token out of your account for AGON: what an owner's cut, a transfer or remove --keep-token brought. How much is an amount (5alpha), a part
of what you hold (50%) or all. What is staked is sold with agond stake remove.`,
		Example: `agond stake sell all --subnet 3 --dry-run
agond stake sell 64.8alpha --subnet LANG --slippage 0.5% --from owner --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			much, err := parseShare(args[0], unitAlpha)
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
			p, err := s.planSell(much, subnet)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet whose token it is, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	slippageFlags(cmd, flagMinAgon, "the least AGON that the trade must bring, exactly, such as 9.9agon; instead of --slippage")
	return cmd
}

func (s *session) planSell(much share, subnet subnettypes.Subnet) (plan, error) {
	coins, err := s.balances(s.ctx.FromAddress)
	if err != nil {
		return plan{}, err
	}
	held := coins.AmountOf(staketypes.AlphaDenom(subnet.Netuid))
	if !held.IsUint64() || held.IsZero() {
		return plan{}, fmt.Errorf("%w: %s holds no %s that is not staked; what is staked is sold with agond stake remove", errPart, s.ctx.FromAddress, subnet.Symbol)
	}
	_, alpha, err := much.of(held.Uint64())
	if err != nil {
		return plan{}, err
	}
	coin := staketypes.Alpha(subnet.Netuid, alpha)
	q, err := s.quote(subnet.Netuid, coin)
	if err != nil {
		return plan{}, err
	}
	out := q.Out.Amount.Uint64()
	msg := &staketypes.MsgSellToken{Seller: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, Amount: coin}
	if msg.MinAgon, err = least(s.cmd, flagMinAgon, unitAgon, out); err != nil {
		return plan{}, err
	}
	lines, warn := quoted(q)
	p := plan{verb: "stake sell", msg: msg, warn: warn}
	p.about = sheet{
		s.signerLine("account"), subnetLine(subnet),
		{"sold", coin.String(), "you sell", plain(alpha) + " " + subnet.Symbol + " of " + plain(held.Uint64())},
	}
	p.expect = append(sheet{{"quoted_agon", base(out), "you get", agon(out)}}, lines...)
	p.expect = append(p.expect,
		field{"quoted_fee", q.Fee.Amount.String(), "pool fee", plain(q.Fee.Amount.Uint64()) + " " + subnet.Symbol + ", in what you sell"},
		floor("min_agon", msg.MinAgon, " AGON"),
	)
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgSellTokenResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{
			{"alpha", base(r.Alpha), "you sold", plain(r.Alpha) + " " + subnet.Symbol},
			{"agon", base(r.Agon), "you got", agon(r.Agon)},
			{"price", ratio(r.Agon, r.Alpha), "price got", ratio(r.Agon, r.Alpha) + " AGON per token"},
			{"fee", base(r.Fee), "pool fee", plain(r.Fee) + " " + subnet.Symbol},
		}, nil
	}
	return p, nil
}
