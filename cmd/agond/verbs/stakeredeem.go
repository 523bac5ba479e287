package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func stakeRedeemCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redeem [AMOUNT|PERCENT|all] --subnet SUBNET",
		Short: "Give the token of a dissolved subnet, held as coins, for AGON",
		Long: `Give the token of a dissolved subnet that your account holds as coins for its part of what the subnet left. Each token gets the same, whoever comes when, and
there is no hurry. Without an amount it is all. What is staked there is paid by agond stake remove.`,
		Example: "agond stake redeem --subnet 3 --dry-run\nagond stake redeem 64.8alpha --subnet LANG --from owner --yes",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := "all"
			if len(args) > 0 {
				text = args[0]
			}
			much, err := parseShare(text, unitAlpha)
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
			p, err := s.planRedeem(much, subnet)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the dissolved subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

func (s *session) planRedeem(much share, n subnettypes.Subnet) (plan, error) {
	coins, err := s.balances(s.ctx.FromAddress)
	if err != nil {
		return plan{}, err
	}
	if n.DissolvedAt == 0 {
		return plan{}, fmt.Errorf("subnet %d lives: its token is sold with agond stake sell all --subnet %d", n.Netuid, n.Netuid)
	}
	held := coins.AmountOf(staketypes.AlphaDenom(n.Netuid))
	if !held.IsUint64() || held.IsZero() {
		return plan{}, fmt.Errorf("%w: %s holds no %s as coins; what is staked is paid by agond stake remove all --subnet %d", errPart, s.ctx.FromAddress, n.Symbol, n.Netuid)
	}
	ask, alpha, err := much.of(held.Uint64())
	if err != nil {
		return plan{}, err
	}
	msg := &staketypes.MsgRedeemToken{Owner: s.ctx.FromAddress.String(), Netuid: n.Netuid, Alpha: ask}
	pot, err := s.pot(n.Netuid)
	if err != nil {
		return plan{}, err
	}
	// What comes before in a block leaves a token at least what it had.
	msg.MinAgon = (&remains{pot.Pot.Agon, pot.AlphaSupply}).redeem(alpha)
	p := plan{verb: "stake redeem", msg: msg}
	p.about = sheet{
		s.signerLine("account"), subnetLine(n),
		{"redeemed", staketypes.Alpha(n.Netuid, alpha).String(), "you give", plain(alpha) + " " + n.Symbol + " of " + plain(held.Uint64())},
	}
	p.expect = sheet{
		{"quoted_agon", base(msg.MinAgon), "you get", agon(msg.MinAgon)},
		{"price", pot.Rate, "a token redeems", pot.Rate + " AGON"},
		{name: "min_agon", value: base(msg.MinAgon)},
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r staketypes.MsgRedeemTokenResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"alpha", base(r.Alpha), "you gave", plain(r.Alpha) + " " + n.Symbol}, {"agon", base(r.Agon), "you got", agon(r.Agon)}}, nil
	}
	return p, nil
}
