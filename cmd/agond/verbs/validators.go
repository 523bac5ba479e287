package verbs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

func validatorsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validators SUBNET|root",
		Short: "List a subnet's validators by stake, with what they keep and what they earned; or the seats at the root",
		Long: `List a subnet's validators by stake, for choosing whom to back. The take is what a validator keeps of its backers' dividends;
dividends are its share of what the last epoch paid validators, trust how far its weights agreed with consensus. With --all every
neuron is listed. Stake is all that counts: token, root stake, and what is delegated.

With root it lists the hotkeys that have a seat there, by root stake, and what a newcomer needs to get one.`,
		Example: "agond validators 3\nagond validators root\nagond validators LANG --output json | jq '.validators[0].hotkey'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			if isRoot(args[0]) {
				r, err := s.seating()
				if err != nil {
					return err
				}
				return s.print(r, r.text)
			}
			subnet, err := s.subnet(args[0])
			if err != nil {
				return err
			}
			all, _ := cmd.Flags().GetBool("all")
			l, err := s.ranking(subnet.Netuid, all)
			if err != nil {
				return err
			}
			return s.print(l, l.text)
		},
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return placeChoices(cmd), cobra.ShellCompDirectiveNoFileComp
		},
	}
	askFlags(cmd)
	cmd.Flags().Bool("all", false, "list every neuron, not only those with a permit or with stake")
	return cmd
}

// ranking is a subnet's validators by stake.
type ranking struct {
	Netuid     uint32      `json:"netuid"`
	Height     int64       `json:"height"`
	Validators []validator `json:"validators"`
}

// validator has fractions of 65535 and stake in base units.
type validator struct {
	UID       uint16   `json:"uid"`
	Names     []string `json:"names"`
	Hotkey    string   `json:"hotkey"`
	Owner     string   `json:"owner"`
	Stake     uint64   `json:"stake,string"`
	TakeBps   uint32   `json:"take_bps"`
	Dividends uint16   `json:"dividends"`
	Trust     uint16   `json:"validator_trust"`
	Permit    bool     `json:"permit"`
	Active    bool     `json:"active"`
}

func (s *session) ranking(netuid uint32, all bool) (ranking, error) {
	m, err := s.metagraph(netuid)
	if err != nil {
		return ranking{}, err
	}
	out := ranking{Netuid: netuid, Height: m.Height, Validators: []validator{}}
	var chosen []candidate
	for _, c := range neurons(m) {
		if n := m.Neurons[c.UID]; all || n.Permit || n.Stake > 0 {
			chosen = append(chosen, c)
		}
	}
	if err := s.name(chosen); err != nil {
		return out, err
	}
	takes := make([]uint32, len(chosen))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range chosen {
		group.Go(func() error {
			r, err := s.stake().HotkeyStake(s.cmd.Context(), &staketypes.QueryHotkeyStakeRequest{Netuid: netuid, Hotkey: c.Hotkey})
			if err == nil {
				takes[i] = r.TakeBps
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return out, err
	}
	for i, c := range chosen {
		n := m.Neurons[c.UID]
		out.Validators = append(out.Validators, validator{
			UID: n.UID, Names: append([]string{}, c.Names...), Hotkey: n.Hotkey, Owner: n.Owner, Stake: n.Stake, TakeBps: takes[i],
			Dividends: n.Dividends, Trust: n.ValidatorTrust, Permit: n.Permit, Active: n.Active,
		})
	}
	slices.SortStableFunc(out.Validators, func(a, b validator) int { return cmp.Compare(b.Stake, a.Stake) })
	return out, nil
}

func (r ranking) text() string {
	t := newTable(fmt.Sprintf("Validators of subnet %d at height %d", r.Netuid, r.Height),
		table.Row{"uid", "name", "hotkey", "stake", "take", "dividends", "trust", "permit", "active"}, "name", "hotkey")
	mark := map[bool]string{true: "yes"}
	for _, v := range r.Validators {
		name := ""
		if len(v.Names) > 0 {
			name = v.Names[0]
		}
		t.AppendRow(table.Row{
			v.UID, name, v.Hotkey, column(v.Stake), percent(uint64(v.TakeBps)), fraction(uint64(v.Dividends)), fraction(uint64(v.Trust)),
			mark[v.Permit], mark[v.Active],
		})
	}
	return t.Render()
}
