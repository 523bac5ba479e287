package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func crowdfundCreateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create --name NAME --task KIND --symbol SYMBOL --goal AMOUNT --deposit AMOUNT",
		Short: "Open a fund for a subnet that you are to own, with a deposit of your own",
		Long: `Open a fund for a subnet that you are to own. Everybody can pay into it, and take back what he paid until the subnet is open. The deposit
is your own contribution and stays in it while it collects. The terms can not be changed afterwards.`,
		Example: `agond crowdfund create --name Languages --task langid --symbol LANG --goal 150agon --deposit 10agon --blocks 100000 --keep-bps 2000 --dry-run
agond crowdfund create --name Languages --task langid --symbol LANG --goal 150agon --deposit 10agon --lease-blocks 5000000 --from alice`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planCrowdfund()
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	f := cmd.Flags()
	f.String("name", "", "what people call the subnet, 1 to 64 bytes (required)")
	f.String("task", "", "the kind of expertise, such as langid (required)")
	f.String("symbol", "", "the ticker of its token, 1 to 12 of A-Z and 0-9 (required)")
	f.String("goal", "", "the most that is collected, and so the most that the subnet may cost (required)")
	f.String("deposit", "", "what you pay yourself (required)")
	f.String("least", "1agon", "the least of each contribution")
	f.Int64("blocks", 100_000, "how many blocks it collects for")
	f.Uint32("keep-bps", 0, "what the subnet's owner keeps of the owner cut during the lease, in basis points")
	f.Uint64("lease-blocks", 0, "how long the others share in the owner cut; 0 is for ever")
	for _, name := range []string{"name", "task", "symbol", "goal", "deposit"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (s *session) planCrowdfund() (plan, error) {
	f := s.cmd.Flags()
	get := func(name string) string {
		v, _ := f.GetString(name)
		return v
	}
	msg := &crowdfundtypes.MsgCreateCrowdfund{
		Operator: s.ctx.FromAddress.String(),
		Plan:     crowdfundtypes.Plan{Identity: subnettypes.SubnetIdentity{Name: get("name")}, Symbol: get("symbol"), TaskKind: get("task")},
	}
	for _, a := range []struct {
		flag string
		into *uint64
	}{{"goal", &msg.Goal}, {"deposit", &msg.Deposit}, {"least", &msg.MinContribution}} {
		var err error
		if *a.into, err = parseUnit(a.flag, get(a.flag), unitAgon); err != nil {
			return plan{}, err
		}
	}
	msg.OperatorBps, _ = f.GetUint32("keep-bps")
	msg.LeaseBlocks, _ = f.GetUint64("lease-blocks")
	blocks, _ := f.GetInt64("blocks")
	now, err := s.height(s.cmd.Context())
	if err != nil {
		return plan{}, err
	}
	msg.EndsAt = now + blocks
	lease := "for ever"
	if msg.LeaseBlocks > 0 {
		lease = fmt.Sprintf("for %d blocks from its opening", msg.LeaseBlocks)
	}
	return plan{
		verb: "crowdfund create", msg: msg,
		about: sheet{
			s.signerLine("operator"),
			{"name", get("name"), "name", get("name")},
			{"symbol", msg.Plan.Symbol, "token", msg.Plan.Symbol},
			{"task_kind", msg.Plan.TaskKind, "task", msg.Plan.TaskKind},
			{"goal", base(msg.Goal), "goal", agon(msg.Goal)},
			{"deposit", base(msg.Deposit), "you pay", agon(msg.Deposit)},
			{"ends_at", msg.EndsAt, "collects until", fmt.Sprintf("block %d", msg.EndsAt)},
			{"operator_bps", msg.OperatorBps, "owner keeps", fmt.Sprintf("%d of 10000 parts of the owner cut, the others share the rest %s", msg.OperatorBps, lease)},
		},
		outcome: func(result chain.TxResult) (sheet, error) {
			var r crowdfundtypes.MsgCreateCrowdfundResponse
			err := chain.Response(result, 0, &r)
			return sheet{{"fund_id", r.FundId, "fund", fmt.Sprint(r.FundId)}}, err
		},
	}, nil
}
