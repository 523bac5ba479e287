package verbs

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const flagMaxCost = "max-cost"

func subnetCreateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create --name NAME --task KIND --symbol SYMBOL",
		Short: "Open a subnet for what it costs now, which goes into its pool",
		Long: `Open a subnet. What it costs now is shown first and becomes the AGON side of its pool; it halves over time and jumps with each
subnet that is opened, and more than was shown is never paid unless --max-cost says so. Rules that --set does not name are the
chain's defaults; all can be changed later with agond subnet set. Nothing is paid in it before it is started (agond subnet start), some blocks
later. Where there is room for no more subnets, the weakest outside immunity is dissolved for it, and the summary says which.`,
		Example: `agond subnet create --name Languages --task langid --symbol LANG --dry-run
agond subnet create --name Languages --task langid --symbol LANG --set tempo=120 --set max_neurons=64 --url https://lang.example`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planCreate()
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	f := cmd.Flags()
	f.String("name", "", "what people call it, 1 to 64 bytes (required)")
	f.String("task", "", "the kind of expertise, such as langid (required)")
	f.String("symbol", "", "the ticker of its token, 1 to 12 of A-Z and 0-9 (required)")
	f.String("description", "", "at most 1024 bytes")
	f.String("url", "", "of a site, at most 256 bytes")
	f.String("contact", "", "at most 256 bytes")
	f.String("task-params", "", "what the task is told: a JSON object, or @FILE with one")
	f.StringArray("set", nil, "a hyperparameter other than the default, such as tempo=120; repeat it for more")
	f.String(flagMaxCost, "", "the most to pay, such as 1200agon; what it costs now if left out")
	for _, name := range []string{"name", "task", "symbol"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (s *session) planCreate() (plan, error) {
	get := func(name string) string {
		v, _ := s.cmd.Flags().GetString(name)
		return v
	}
	msg := &subnettypes.MsgCreateSubnet{
		Owner:  s.ctx.FromAddress.String(),
		Symbol: get("symbol"), TaskKind: get("task"), TaskParams: get("task-params"),
		Identity: subnettypes.SubnetIdentity{Name: get("name"), Description: get("description"), Url: get("url"), Contact: get("contact")},
	}
	text, err := fromFile(msg.TaskParams)
	if err != nil {
		return plan{}, fmt.Errorf("--task-params: %w", err)
	}
	msg.TaskParams = text
	params, err := s.subnetParams()
	if err != nil {
		return plan{}, err
	}
	settings, _ := s.cmd.Flags().GetStringArray("set")
	if len(settings) > 0 {
		h, err := s.change(params.DefaultHyperparams, settings)
		if err != nil {
			return plan{}, fmt.Errorf("--set %w", err)
		}
		msg.Hyperparams = &h
	}
	r, err := s.subnets().CreationCost(s.cmd.Context(), &subnettypes.QueryCreationCostRequest{})
	if err != nil {
		return plan{}, err
	}
	msg.MaxCost = r.Cost
	if text := get(flagMaxCost); text != "" {
		if msg.MaxCost, err = parseUnit(flagMaxCost, text, unitAgon); err != nil {
			return plan{}, err
		}
	}
	p := plan{verb: "subnet create", msg: msg}
	p.about = sheet{
		{"account", msg.Owner, "owner", msg.Owner + " (" + s.ctx.FromName + ")"},
		{"name", msg.Identity.Name, "name", msg.Identity.Name},
		{"symbol", msg.Symbol, "token", msg.Symbol},
		{"task_kind", msg.TaskKind, "task", msg.TaskKind},
	}
	if len(settings) > 0 {
		p.about = append(p.about, field{"set", settings, "rules", strings.Join(settings, ", ") + ", otherwise the defaults"})
	}
	p.expect = sheet{
		{"quoted_cost", base(r.Cost), "costs now", agon(r.Cost) + ", into the subnet's pool"},
		{"max_cost", base(msg.MaxCost), "at most", agon(msg.MaxCost) + ", or it is not opened"},
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r subnettypes.MsgCreateSubnetResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		lines := sheet{{"netuid", r.Netuid, "subnet", fmt.Sprint(r.Netuid)}, {"cost", base(r.Cost), "cost", agon(r.Cost)}}
		return append(lines, startLine(r.Netuid, result.Height+int64(params.StartDelay))), nil
	}
	p.foresee = s.makesRoom
	return p, nil
}
