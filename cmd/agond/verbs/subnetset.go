package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// flagCancel takes back what the same verb has announced.
const flagCancel = "cancel"

// errSame says that a change would change nothing.
var errSame = errors.New("nothing would change")

func subnetSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set SUBNET NAME=VALUE...",
		Short: "Announce other rules for your subnet, or take announced ones back",
		Long: `Announce other rules (hyperparameters) for your subnet. They are in force a while later, so that who plays by them sees them coming:
the summary shows each old and new value, what it can be, and the block of the effect. Values are the chain's numbers, or 0.5agon,
2alpha and 50% for rules that count coins or parts; mechanism_split takes a list, as 70%,30%. A change that is announced already is kept, but waits anew; --cancel takes all
that is announced back.`,
		Example: `agond subnet set 3 tempo=120 max_neurons=64 --dry-run
agond subnet set LANG min_registration_price=0.5agon kappa=50% --from owner
agond subnet set 3 mechanism_split=70%,30%
agond subnet set 3 --cancel`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cancel, _ := cmd.Flags().GetBool(flagCancel)
			switch {
			case cancel && len(args) > 1:
				return fmt.Errorf("--%s takes back all that is announced: give no %s with it", flagCancel, args[1])
			case !cancel && len(args) == 1:
				return errors.New("say what to set, such as tempo=120: agond subnet show " + args[0] + " shows all rules")
			}
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			prepare := s.planSet
			if cancel {
				prepare = s.planUnset
			}
			p, err := prepare(subnet, args[1:])
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
		ValidArgsFunction: completeRules,
	}
	signFlags(cmd)
	cmd.Flags().Bool(flagCancel, false, "take back the change that is announced")
	return cmd
}

// openOwned opens a session of a subnet's owner. That the signer is the owner the chain judges.
func openOwned(cmd *cobra.Command, which string) (*session, subnettypes.Subnet, error) {
	s, err := openSigner(cmd)
	if err != nil {
		return nil, subnettypes.Subnet{}, err
	}
	subnet, err := s.subnet(which)
	return s, subnet, err
}

// signerLine says who signs.
func (s *session) signerLine(label string) field {
	address := s.ctx.FromAddress.String()
	return field{"account", address, label, address + " (" + s.ctx.FromName + ")"}
}

// pending is the change of rules that a subnet's owner has announced; nil for none.
func (s *session) pending(netuid uint32) (*subnettypes.PendingHyperparams, error) {
	r, err := s.subnets().PendingHyperparams(s.cmd.Context(), &subnettypes.QueryPendingHyperparamsRequest{Netuid: netuid})
	if chain.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r.Pending, nil
}

// alteredLines are one line for each rule that changes.
func alteredLines(changes []altered) sheet {
	out := sheet{{name: "changes", value: changes}}
	for _, c := range changes {
		out = append(out, field{label: c.Name, text: c.text()})
	}
	return out
}

func (s *session) planSet(subnet subnettypes.Subnet, settings []string) (plan, error) {
	r, err := s.subnets().Params(s.cmd.Context(), &subnettypes.QueryParamsRequest{})
	if err != nil {
		return plan{}, err
	}
	announced, err := s.pending(subnet.Netuid)
	if err != nil {
		return plan{}, err
	}
	p := plan{verb: "subnet set", about: sheet{s.signerLine("owner"), subnetLine(subnet)}}
	from := subnet.Hyperparams
	if announced != nil {
		from = announced.Hyperparams
		p.warn = fmt.Sprintf("a change is announced for block %d: it is kept in this one, and waits anew; --%s takes it back", announced.EffectiveAt, flagCancel)
	}
	next, err := s.change(from, settings)
	if err != nil {
		return plan{}, err
	}
	changes, err := s.alterations(subnet.Hyperparams, next, r.Params)
	if err != nil {
		return plan{}, err
	}
	if len(changes) == 0 && announced == nil {
		return plan{}, fmt.Errorf("%w: subnet %d has these rules: agond subnet show %d", errSame, subnet.Netuid, subnet.Netuid)
	}
	height, err := s.height(s.cmd.Context())
	if err != nil {
		return plan{}, err
	}
	p.msg = &subnettypes.MsgUpdateHyperparams{Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, Hyperparams: next}
	about := height + 1 + int64(r.Params.HyperparamsDelay)
	p.expect = append(alteredLines(changes), field{
		"effective_at", about, "in force from", fmt.Sprintf("about block %d, %d blocks after this is in a block", about, r.Params.HyperparamsDelay),
	})
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r subnettypes.MsgUpdateHyperparamsResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return append(alteredLines(changes), field{"effective_at", r.EffectiveAt, "in force from", fmt.Sprintf("block %d", r.EffectiveAt)}), nil
	}
	return p, nil
}

func (s *session) planUnset(subnet subnettypes.Subnet, _ []string) (plan, error) {
	announced, err := s.pending(subnet.Netuid)
	if err != nil {
		return plan{}, err
	}
	if announced == nil {
		return plan{}, fmt.Errorf("%w: nothing is announced for subnet %d", errSame, subnet.Netuid)
	}
	r, err := s.subnets().Params(s.cmd.Context(), &subnettypes.QueryParamsRequest{})
	if err != nil {
		return plan{}, err
	}
	changes, err := s.alterations(announced.Hyperparams, subnet.Hyperparams, r.Params)
	if err != nil {
		return plan{}, err
	}
	return plan{
		verb: "subnet set --cancel", msg: &subnettypes.MsgCancelHyperparams{Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid},
		about:   sheet{s.signerLine("owner"), subnetLine(subnet)},
		expect:  append(alteredLines(changes), field{"", nil, "stays", "what is in force now"}),
		outcome: func(chain.TxResult) (sheet, error) { return alteredLines(changes), nil },
	}, nil
}

// completeRules offers subnets, then the names of rules.
func completeRules(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return subnetChoices(cmd), cobra.ShellCompDirectiveNoFileComp
	}
	s, cancel, err := completing(cmd)
	defer cancel()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := s.rules(subnettypes.DefaultHyperparams())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = r.name + "="
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
