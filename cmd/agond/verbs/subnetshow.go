package verbs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show SUBNET",
		Short:   "Show one subnet: who, what, price, what a uid costs, and its rules in readable units",
		Example: "agond subnet show 1\nagond subnet show LANG --output json | jq .hyperparams",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			found, err := s.subnet(args[0])
			if err != nil {
				return err
			}
			now, err := s.subnets().Subnet(cmd.Context(), &subnettypes.QuerySubnetRequest{Netuid: found.Netuid})
			if err != nil {
				return err
			}
			token, err := s.tokenLines(now)
			if err != nil {
				return err
			}
			state, err := s.stateLines(now.Subnet)
			if err != nil {
				return err
			}
			rules, err := s.rules(now.Subnet.Hyperparams)
			if err != nil {
				return err
			}
			lines := append(append(shown(now.Subnet), state...), token...)
			announced, err := s.announced(now.Subnet)
			if err != nil {
				return err
			}
			document := append(append(append(sheet{}, lines...), field{name: "hyperparams", value: rules}), announced...)
			return s.print(document, func() string {
				n := now.Subnet
				return lines.table(fmt.Sprintf("Subnet %d (%s): %s", n.Netuid, n.Symbol, n.Identity.Name)) + "\n" + rulesTable(rules) + announced.below("Announced by the owner")
			})
		},
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return subnetChoices(cmd), cobra.ShellCompDirectiveNoFileComp
		},
	}
	return askFlags(cmd)
}

// announced is what a subnet's owner has announced and is not yet so: other rules, another owner.
func (s *session) announced(n subnettypes.Subnet) (sheet, error) {
	var out sheet
	next, err := s.pending(n.Netuid)
	if err != nil {
		return nil, err
	}
	if next != nil {
		r, err := s.subnets().Params(s.cmd.Context(), &subnettypes.QueryParamsRequest{})
		if err != nil {
			return nil, err
		}
		changes, err := s.alterations(n.Hyperparams, next.Hyperparams, r.Params)
		if err != nil {
			return nil, err
		}
		out = append(alteredLines(changes), field{"effective_at", next.EffectiveAt, "in force from", fmt.Sprintf("block %d", next.EffectiveAt)})
	}
	o, err := s.offer(n.Netuid)
	if errors.Is(err, errNobody) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	return append(out, offered(o)...), nil
}

// below is the sheet as a further table; nothing without lines.
func (s sheet) below(title string) string {
	if len(s) == 0 {
		return ""
	}
	return "\n" + s.table(title)
}

func shown(n subnettypes.Subnet) sheet {
	out := sheet{
		{name: "netuid", value: n.Netuid},
		{name: "name", value: n.Identity.Name},
		{name: "symbol", value: n.Symbol},
		{"owner", n.Owner, "owner", n.Owner},
		{"task_kind", n.TaskKind, "task", n.TaskKind},
	}
	for _, f := range []field{
		{"task_params", n.TaskParams, "task parameters", n.TaskParams},
		{"description", n.Identity.Description, "description", n.Identity.Description},
		{"url", n.Identity.Url, "site", n.Identity.Url},
		{"contact", n.Identity.Contact, "contact", n.Identity.Contact},
	} {
		if f.text != "" {
			out = append(out, f)
		}
	}
	return append(out,
		field{"neurons", n.NeuronCount, "neurons", fmt.Sprintf("%d of %d", n.NeuronCount, n.Hyperparams.MaxNeurons)},
		field{"created_at", n.CreatedAt, "created in block", fmt.Sprint(n.CreatedAt)},
	)
}

// tokenLines say what a uid and a token cost; of a dissolved subnet, what a token redeems.
func (s *session) tokenLines(r *subnettypes.QuerySubnetResponse) (sheet, error) {
	n := r.Subnet
	if n.DissolvedAt > 0 {
		pot, err := s.pot(n.Netuid)
		if err != nil {
			return nil, err
		}
		return sheet{
			{"price", pot.Rate, "a token redeems", pot.Rate + " AGON"},
			{"pot_agon", base(pot.Pot.Agon), "pot", agon(pot.Pot.Agon) + " for " + plain(pot.AlphaSupply) + " " + n.Symbol},
			{name: "alpha_supply", value: base(pot.AlphaSupply)},
		}, nil
	}
	r2, err := s.stake().Pool(s.cmd.Context(), &staketypes.QueryPoolRequest{Netuid: n.Netuid})
	if err != nil {
		return nil, err
	}
	pool := r2.Info
	return sheet{
		{"registration_price", base(r.RegistrationPrice), "a uid costs now", agon(r.RegistrationPrice)},
		{"price", pool.Price, "price of the token", pool.Price + " AGON"},
		{"pool_agon", base(pool.Pool.Agon), "pool", agon(pool.Pool.Agon) + " and " + plain(pool.Pool.Alpha) + " " + n.Symbol},
		{name: "pool_alpha", value: base(pool.Pool.Alpha)},
		{"alpha_staked", base(pool.AlphaStaked), "staked", plain(pool.AlphaStaked) + " of " + plain(pool.AlphaSupply) + " " + n.Symbol},
		{name: "alpha_supply", value: base(pool.AlphaSupply)},
	}, nil
}

// rule is one hyperparameter under the chain's name and with the chain's value.
type rule struct {
	name  string
	value json.RawMessage
}

// rules keeps the order of the chain's own description. A hyperparameter that this program does not know a unit of is shown as it
// is.
type rules []rule

func (s *session) rules(h subnettypes.Hyperparams) (rules, error) {
	bz, err := s.ctx.Codec.MarshalJSON(&h)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(bz)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var out rules
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, errors.New("hyperparameters are no JSON object")
		}
		r := rule{name: name}
		if err := d.Decode(&r.value); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// MarshalJSON is the object as the chain gives it.
func (r rules) MarshalJSON() ([]byte, error) {
	lines := make(sheet, len(r))
	for i, one := range r {
		lines[i] = field{name: one.name, value: one.value}
	}
	return lines.MarshalJSON()
}

func rulesTable(r rules) string {
	t := newTable("Hyperparameters", nil)
	for _, one := range r {
		t.AppendRow(table.Row{one.name, one.text()})
	}
	return t.Render()
}
