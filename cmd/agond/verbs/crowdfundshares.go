package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// errNoShares says that somebody has nothing in a fund.
var errNoShares = errors.New("no shares")

func crowdfundCancelCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:     "cancel FUND",
		Short:   "Give up a fund that you opened, before its subnet is open; everybody can take all back",
		Example: "agond crowdfund cancel 1 --from operator --dry-run\nagond crowdfund cancel 1 --from operator --yes",
		Args:    cobra.ExactArgs(1),
	}, "cancel", func(s *session, f crowdfundtypes.FundInfo, _ []string) (plan, error) {
		return plan{
			msg:     &crowdfundtypes.MsgCancelCrowdfund{Operator: s.ctx.FromAddress.String(), FundId: f.Fund.Id},
			warn:    "it takes no contribution any more and opens no subnet: it cannot be undone",
			expect:  sheet{{label: "next", text: fmt.Sprintf("agond crowdfund leave %d, by each who paid, you for the deposit", f.Fund.Id)}},
			outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
		}, nil
	})
}

// sharesOf is what the signer has in a fund, and what that is due.
func (s *session) sharesOf(fund uint64) (crowdfundtypes.ContributionInfo, error) {
	r, err := s.crowdfunds().Contribution(s.cmd.Context(), &crowdfundtypes.QueryContributionRequest{FundId: fund, Contributor: s.ctx.FromAddress.String()})
	if chain.NotFound(err) {
		return crowdfundtypes.ContributionInfo{}, fmt.Errorf("%w: %s has none in fund %d: agond crowdfund show %d", errNoShares, s.ctx.FromAddress, fund, fund)
	}
	if err != nil {
		return crowdfundtypes.ContributionInfo{}, err
	}
	return r.Info, nil
}

func crowdfundTransferCommand() *cobra.Command {
	cmd := fundVerb(&cobra.Command{
		Use:   "transfer FUND AMOUNT|PERCENT|all --to ACCOUNT",
		Short: "Give shares of a fund to another account, once its subnet is open",
		Long: `Give shares of a fund to another account, once its subnet is open. How many is said by what was paid for them (25agon), a part (50%) or all. You are paid first what
they have earned; what they earn from then on is the other's. The account is an address or a key of the keyring.`,
		Example: "agond crowdfund transfer 1 25agon --to bob --from alice --dry-run\nagond crowdfund transfer 1 all --to agon1... --from alice --yes",
		Args:    cobra.ExactArgs(2),
	}, "transfer", func(s *session, f crowdfundtypes.FundInfo, args []string) (plan, error) {
		much, err := parseShare(args[1], unitAgon)
		if err != nil {
			return plan{}, err
		}
		who, _ := s.cmd.Flags().GetString(flagTo)
		if who == "" {
			return plan{}, errors.New("say who gets them with --to ADDRESS or KEY")
		}
		to, err := s.account(who)
		if err != nil {
			return plan{}, fmt.Errorf("--%s: %w", flagTo, err)
		}
		mine, err := s.sharesOf(f.Fund.Id)
		if err != nil {
			return plan{}, err
		}
		had := mine.Contribution.Amount
		ask, shares, err := much.of(had)
		if err != nil {
			return plan{}, err
		}
		return plan{
			msg:  &crowdfundtypes.MsgTransferShares{Holder: s.ctx.FromAddress.String(), FundId: f.Fund.Id, Recipient: to.String(), Shares: ask},
			warn: "they are theirs for good once a block has it",
			expect: sheet{
				{"recipient", to.String(), "to", to.String()},
				{"quoted_shares", base(shares), "you give", fmt.Sprintf("shares of %s of %s paid in", agon(shares), agon(had))},
				{"quoted_alpha", base(mine.Alpha), "you get first", plain(mine.Alpha) + " of its token, and " + agon(mine.Refund) + " back"},
				{name: "quoted_refund", value: base(mine.Refund)},
			},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r crowdfundtypes.MsgTransferSharesResponse
				err := chain.Response(result, 0, &r)
				return sheet{
					{"recipient", to.String(), "to", to.String()},
					{"shares", base(r.Shares), "given", "shares of " + agon(r.Shares)},
					{"alpha", base(r.Alpha), "token", plain(r.Alpha)},
					{"refund", base(r.Refund), "refund", agon(r.Refund)},
				}, err
			},
		}, nil
	})
	cmd.Flags().String(flagTo, "", "who gets them: an address or a key of the keyring (required)")
	completeKey(cmd, flagTo)
	return cmd
}

func crowdfundEndCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:   "end FUND",
		Short: "End a lease of which you hold every share, and so own the whole owner cut",
		Long: `End the lease of a fund's subnet. The subnet's owner can, once it holds every share: nobody else loses by it. From then on all of the owner cut is the owner's; what the
fund's account holds is claimed as before.`,
		Example: "agond crowdfund end 1 --from owner --dry-run\nagond crowdfund end 1 --from owner --yes",
		Args:    cobra.ExactArgs(1),
	}, "end", func(s *session, f crowdfundtypes.FundInfo, _ []string) (plan, error) {
		if f.Fund.Outcome == nil {
			return plan{}, fmt.Errorf("fund %d has opened no subnet, so that there is no lease: agond crowdfund show %d", f.Fund.Id, f.Fund.Id)
		}
		n, err := s.subnets().Subnet(s.cmd.Context(), &subnettypes.QuerySubnetRequest{Netuid: f.Fund.Outcome.Netuid})
		if err != nil {
			return plan{}, err
		}
		return plan{
			msg:    &crowdfundtypes.MsgEndLease{Owner: s.ctx.FromAddress.String(), FundId: f.Fund.Id},
			warn:   "it cannot be undone: the shares earn nothing more",
			expect: append(sheet{subnetLine(n.Subnet)}, leaseLines(n.Subnet)...),
			outcome: func(chain.TxResult) (sheet, error) {
				return sheet{{"netuid", n.Subnet.Netuid, "all of the owner cut of", subnetLine(n.Subnet).text}}, nil
			},
		}, nil
	})
}
