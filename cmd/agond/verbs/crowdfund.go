package verbs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
)

func crowdfundCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "crowdfund",
		Short:                      "Pay for a subnet together, and share its owner cut",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(crowdfundListCommand(), crowdfundShowCommand(), crowdfundCreateCommand(), crowdfundJoinCommand(), crowdfundLeaveCommand(),
		crowdfundFinalizeCommand(), crowdfundClaimCommand(), crowdfundCancelCommand(), crowdfundTransferCommand(), crowdfundEndCommand())
	return cmd
}

func (s *session) crowdfunds() crowdfundtypes.QueryClient {
	return crowdfundtypes.NewQueryClient(s.ctx)
}

// funding is a fund in short. Amounts are nagon.
type funding struct {
	ID       uint64 `json:"fund_id,string"`
	Name     string `json:"name"`
	Status   string `json:"status"`
	Operator string `json:"operator"`
	Raised   uint64 `json:"raised,string"`
	Goal     uint64 `json:"goal,string"`
	Missing  uint64 `json:"missing,string"`
	EndsAt   int64  `json:"ends_at,string"`
	Netuid   uint32 `json:"netuid"`
	// Contributions are those of the fund, where it alone is asked for.
	Contributions []contributed `json:"contributions,omitempty"`
}

// contributed is what one account has in a fund; Alpha and Refund are due to it now.
type contributed struct {
	Contributor string `json:"contributor"`
	Amount      uint64 `json:"amount,string"`
	Alpha       uint64 `json:"alpha,string"`
	Refund      uint64 `json:"refund,string"`
}

// fundings is all funds in short.
type fundings struct {
	Funds []funding `json:"funds"`
}

func shortFund(i crowdfundtypes.FundInfo) funding {
	out := funding{
		ID: i.Fund.Id, Name: i.Fund.Plan.Identity.Name, Status: strings.ToLower(strings.TrimPrefix(i.Status.String(), "FUND_STATUS_")),
		Operator: i.Fund.Operator, Raised: i.Fund.Raised, Goal: i.Fund.Goal, Missing: i.Missing, EndsAt: i.Fund.EndsAt,
	}
	if o := i.Fund.Outcome; o != nil {
		out.Netuid = o.Netuid
	}
	return out
}

func crowdfundListCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "list",
		Short:   "List all funds: what they have raised, what is missing, when they end",
		Example: "agond crowdfund list\nagond crowdfund list --output json | jq '.funds[] | {fund_id, name, missing}'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			all := fundings{Funds: []funding{}}
			err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
				r, err := s.crowdfunds().Funds(cmd.Context(), &crowdfundtypes.QueryFundsRequest{Pagination: page})
				if err != nil {
					return nil, err
				}
				for _, i := range r.Funds {
					all.Funds = append(all.Funds, shortFund(i))
				}
				return r.Pagination, nil
			})
			if err != nil {
				return err
			}
			return s.print(all, all.text)
		},
	})
}

func (l fundings) text() string {
	t := newTable("Funds", table.Row{"fund", "name", "status", "raised", "goal", "missing", "ends at", "subnet"}, "name", "status")
	for _, f := range l.Funds {
		subnet := ""
		if f.Netuid != 0 {
			subnet = fmt.Sprint(f.Netuid)
		}
		t.AppendRow(table.Row{f.ID, f.Name, f.Status, agon(f.Raised), agon(f.Goal), agon(f.Missing), f.EndsAt, subnet})
	}
	return t.Render()
}

func crowdfundShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "show FUND",
		Short:   "Show one fund and who has what in it",
		Example: "agond crowdfund show 1\nagond crowdfund show 1 --output json | jq -r .missing",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			info, err := s.crowdfund(args[0])
			if err != nil {
				return err
			}
			f := shortFund(info)
			err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
				r, err := s.crowdfunds().Contributions(cmd.Context(), &crowdfundtypes.QueryContributionsRequest{FundId: f.ID, Pagination: page})
				if err != nil {
					return nil, err
				}
				for _, c := range r.Contributions {
					f.Contributions = append(f.Contributions, contributed{c.Contribution.Contributor, c.Contribution.Amount, c.Alpha, c.Refund})
				}
				return r.Pagination, nil
			})
			if err != nil {
				return err
			}
			return s.print(f, f.text)
		},
	})
}

func (f funding) text() string {
	t := newTable("Contributions to fund "+strconv.FormatUint(f.ID, 10), table.Row{"contributor", "paid", "token due", "refund due"}, "contributor")
	for _, c := range f.Contributions {
		t.AppendRow(table.Row{c.Contributor, agon(c.Amount), plain(c.Alpha), agon(c.Refund)})
	}
	return fundings{Funds: []funding{f}}.text() + "\n" + t.Render()
}

// crowdfund finds the fund that an argument names by its number.
func (s *session) crowdfund(which string) (crowdfundtypes.FundInfo, error) {
	id, err := strconv.ParseUint(which, 10, 64)
	if err != nil {
		return crowdfundtypes.FundInfo{}, fmt.Errorf("%q is not the number of a fund: agond crowdfund list", which)
	}
	r, err := s.crowdfunds().Fund(s.cmd.Context(), &crowdfundtypes.QueryFundRequest{FundId: id})
	if err != nil {
		return crowdfundtypes.FundInfo{}, err
	}
	return r.Info, nil
}

// agonArgument reads an amount of AGON that stands without a flag.
func agonArgument(text string) (uint64, error) {
	a, err := parseAmount(text)
	if err != nil {
		return 0, err
	}
	if a.Unit != unitAgon {
		return 0, fmt.Errorf("%w: %q is not in AGON: write 25agon", errAmount, text)
	}
	return a.Base, nil
}

// fundVerb is a verb whose first argument is a fund; made gives its message, what to expect and what reads the outcome.
func fundVerb(cmd *cobra.Command, verb string, made func(s *session, f crowdfundtypes.FundInfo, args []string) (plan, error)) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := openSigner(cmd)
		if err != nil {
			return err
		}
		info, err := s.crowdfund(args[0])
		if err != nil {
			return err
		}
		p, err := made(s, info, args)
		if err != nil {
			return err
		}
		p.verb = "crowdfund " + verb
		p.about = sheet{
			s.signerLine("account"),
			{"fund_id", info.Fund.Id, "fund", fmt.Sprintf("%d (%s)", info.Fund.Id, info.Fund.Plan.Identity.Name)},
			{"raised", base(info.Fund.Raised), "raised", agon(info.Fund.Raised) + " of " + agon(info.Fund.Goal)},
		}
		return s.carryOut(p)
	}
	return signFlags(cmd)
}

func crowdfundJoinCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:     "join FUND AMOUNT",
		Short:   "Pay into a fund; what does not fit under its goal stays with you",
		Example: "agond crowdfund join 1 25agon --from alice --dry-run\nagond crowdfund join 1 25agon --from alice --yes",
		Args:    cobra.ExactArgs(2),
	}, "join", func(s *session, f crowdfundtypes.FundInfo, args []string) (plan, error) {
		amount, err := agonArgument(args[1])
		if err != nil {
			return plan{}, err
		}
		pays := min(amount, f.Fund.Room())
		return plan{
			msg:    &crowdfundtypes.MsgContribute{Contributor: s.ctx.FromAddress.String(), FundId: f.Fund.Id, Amount: amount},
			expect: sheet{{"quoted_amount", base(pays), "you pay", agon(pays) + ", back at any time before the subnet is open; then: agond crowdfund claim " + args[0]}},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r crowdfundtypes.MsgContributeResponse
				err := chain.Response(result, 0, &r)
				return sheet{{"amount", base(r.Amount), "paid", agon(r.Amount)}, {"raised_now", base(r.Raised), "raised now", agon(r.Raised)}}, err
			},
		}, nil
	})
}

func crowdfundLeaveCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:     "leave FUND [AMOUNT]",
		Short:   "Take a contribution back before the subnet is open; all of it if no amount is given",
		Example: "agond crowdfund leave 1 --from alice --yes\nagond crowdfund leave 1 5agon --from alice --yes",
		Args:    cobra.RangeArgs(1, 2),
	}, "leave", func(s *session, f crowdfundtypes.FundInfo, args []string) (plan, error) {
		var amount uint64
		if len(args) > 1 {
			var err error
			if amount, err = agonArgument(args[1]); err != nil {
				return plan{}, err
			}
		}
		return plan{
			msg: &crowdfundtypes.MsgWithdrawContribution{Contributor: s.ctx.FromAddress.String(), FundId: f.Fund.Id, Amount: amount},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r crowdfundtypes.MsgWithdrawContributionResponse
				err := chain.Response(result, 0, &r)
				return sheet{{"amount", base(r.Amount), "you got", agon(r.Amount)}, {"left", base(r.Left), "left in it", agon(r.Left)}}, err
			},
		}, nil
	})
}

func crowdfundFinalizeCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:     "finalize FUND",
		Short:   "Open the subnet of a fund that has raised what it costs now",
		Example: "agond crowdfund show 1\nagond crowdfund finalize 1 --from alice --yes",
		Args:    cobra.ExactArgs(1),
	}, "finalize", func(s *session, f crowdfundtypes.FundInfo, _ []string) (plan, error) {
		params, err := s.subnetParams()
		if err != nil {
			return plan{}, err
		}
		return plan{
			foresee: s.makesRoom,
			msg:     &crowdfundtypes.MsgFinalize{Sender: s.ctx.FromAddress.String(), FundId: f.Fund.Id},
			expect:  sheet{{"missing", base(f.Missing), "missing", agon(f.Missing)}},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r crowdfundtypes.MsgFinalizeResponse
				err := chain.Response(result, 0, &r)
				return sheet{
					{"netuid", r.Netuid, "subnet", fmt.Sprint(r.Netuid)},
					{"cost", base(r.Cost), "cost", agon(r.Cost)},
					{"surplus", base(r.Surplus), "to be claimed back", agon(r.Surplus) + ", with all that shares are due: agond crowdfund claim " + fmt.Sprint(f.Fund.Id)},
					startLine(r.Netuid, result.Height+int64(params.StartDelay)),
				}, err
			},
		}, nil
	})
}

func crowdfundClaimCommand() *cobra.Command {
	return fundVerb(&cobra.Command{
		Use:     "claim FUND",
		Short:   "Receive what your shares of a fund are due",
		Example: "agond crowdfund claim 1 --from alice --dry-run\nagond crowdfund claim 1 --from alice --yes",
		Args:    cobra.ExactArgs(1),
	}, "claim", func(s *session, f crowdfundtypes.FundInfo, _ []string) (plan, error) {
		holder := s.ctx.FromAddress.String()
		due, err := s.crowdfunds().Contribution(s.cmd.Context(), &crowdfundtypes.QueryContributionRequest{FundId: f.Fund.Id, Contributor: holder})
		if err != nil {
			return plan{}, err
		}
		return plan{
			msg: &crowdfundtypes.MsgClaim{Holder: holder, FundId: f.Fund.Id},
			expect: sheet{
				{"quoted_alpha", base(due.Info.Alpha), "token due", plain(due.Info.Alpha)}, {"quoted_refund", base(due.Info.Refund), "refund due", agon(due.Info.Refund)},
			},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r crowdfundtypes.MsgClaimResponse
				err := chain.Response(result, 0, &r)
				return sheet{{"alpha", base(r.Alpha), "token", plain(r.Alpha)}, {"refund", base(r.Refund), "refund", agon(r.Refund)}}, err
			},
		}, nil
	})
}
