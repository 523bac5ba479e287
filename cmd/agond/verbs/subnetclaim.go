package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetClaimCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim --subnet SUBNET --hotkey ADDRESS|KEY",
		Short: "Take back what has vested of a hotkey's collateral",
		Long: `Take back what has vested of a hotkey's collateral, the part of its registration's price that is held. It vests with what the hotkey earns as
a miner; what has vested when the hotkey is replaced is paid by itself, and the rest is burned.`,
		Example: `agond subnet claim --subnet 3 --hotkey miner --from owner --dry-run
agond subnet claim --subnet LANG --hotkey agon1... --from owner --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planClaim()
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	cmd.Flags().String("hotkey", "", "the hotkey: an address or a key of the keyring (required)")
	_ = cmd.MarkFlagRequired("hotkey")
	return cmd
}

// errNotVested says that there is nothing to claim.
var errNotVested = errors.New("nothing to claim")

func (s *session) planClaim() (plan, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	subnet, err := s.subnet(which)
	if err != nil {
		return plan{}, err
	}
	who, _ := s.cmd.Flags().GetString("hotkey")
	hotkey, err := s.hotkeyAccount(who)
	if err != nil {
		return plan{}, fmt.Errorf("--hotkey: %w", err)
	}
	msg := &subnettypes.MsgClaimCollateral{Owner: s.ctx.FromAddress.String(), Hotkey: hotkey.String(), Netuid: subnet.Netuid}
	r, err := s.subnets().Collateral(s.cmd.Context(), &subnettypes.QueryCollateralRequest{Netuid: subnet.Netuid, Hotkey: msg.Hotkey})
	if err != nil {
		return plan{}, err
	}
	c := r.Info.Collateral
	if r.Info.Claimable == 0 {
		return plan{}, fmt.Errorf("%w: %s of %s alpha are earned, %s are paid: claim after the next epoch that pays the hotkey",
			errNotVested, plain(r.Info.Earned), plain(c.Target), agon(c.Paid))
	}
	p := plan{verb: "subnet claim", msg: msg}
	p.about = sheet{
		{"account", msg.Owner, "owner", msg.Owner + " (" + s.ctx.FromName + ")"},
		subnetLine(subnet),
		{"hotkey", msg.Hotkey, "hotkey", msg.Hotkey},
		{"collateral", base(c.Amount), "collateral", agon(c.Amount)},
		{"earned", base(r.Info.Earned), "earned", plain(r.Info.Earned) + " of " + plain(c.Target) + " " + subnet.Symbol},
	}
	p.expect = sheet{{"claimable", base(r.Info.Claimable), "you get", agon(r.Info.Claimable)}}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r subnettypes.MsgClaimCollateralResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"paid", base(r.Paid), "paid", agon(r.Paid)}, {"held", base(r.Held), "held still", agon(r.Held)}}, nil
	}
	return p, nil
}
