package verbs

import (
	"cmp"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/cosmos/cosmos-sdk/client"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "subnet",
		Short:                      "Look at subnets, open, start and end one, set its rules, and register hotkeys",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(subnetListCommand(), subnetShowCommand(), subnetCreateCommand(), subnetStartCommand(), subnetRegisterCommand(),
		subnetSetCommand(), subnetIdentityCommand(), subnetTaskCommand(), subnetTrimCommand(), subnetDissolveCommand(),
		subnetOfferCommand(), subnetAcceptCommand(), subnetClaimCommand())
	return cmd
}

func subnetListCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:   "list",
		Short: "List all subnets: state, price, neurons, owner, what a uid costs, tempo",
		Example: `agond subnet list
agond subnet list --output json | jq '.subnets[] | {netuid, name, registration_price}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			l, err := s.listing()
			if err != nil {
				return err
			}
			return s.print(l, l.text)
		},
	})
}

// listing is all subnets in short. Amounts are nagon.
type listing struct {
	Subnets []summary `json:"subnets"`
}

type summary struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	Symbol string `json:"symbol"`
	Task   string `json:"task_kind"`
	// State is waiting (for its start), running or dissolved.
	State string `json:"state"`
	// Price of a token in AGON, decimal; what a token redeems where the subnet is dissolved.
	Price      string `json:"price"`
	Neurons    uint32 `json:"neurons"`
	MaxNeurons uint32 `json:"max_neurons"`
	Owner      string `json:"owner"`
	// RegistrationPrice is what a uid costs now.
	RegistrationPrice uint64 `json:"registration_price,string"`
	Tempo             uint64 `json:"tempo"`
}

func (s *session) listing() (listing, error) {
	out := listing{Subnets: []summary{}}
	all, err := s.allSubnets()
	if err != nil {
		return out, err
	}
	pools, err := s.pools()
	if err != nil {
		return out, err
	}
	prices := map[uint32]string{}
	for _, p := range pools {
		prices[p.Pool.Netuid] = p.Price
	}
	// What a uid costs decays with each block: only the chain says what it is now. A dissolved subnet sells none.
	costs := make([]uint64, len(all))
	rates := make([]string, len(all))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, n := range all {
		group.Go(func() error {
			if n.DissolvedAt > 0 {
				pot, err := s.pot(n.Netuid)
				rates[i] = pot.Rate
				return err
			}
			r, err := s.subnets().Subnet(s.cmd.Context(), &subnettypes.QuerySubnetRequest{Netuid: n.Netuid})
			if err == nil {
				costs[i] = r.RegistrationPrice
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return out, err
	}
	for i, n := range all {
		out.Subnets = append(out.Subnets, summary{
			Netuid: n.Netuid, Name: n.Identity.Name, Symbol: n.Symbol, Task: n.TaskKind, State: stateOf(n), Price: cmp.Or(rates[i], prices[n.Netuid]),
			Neurons: n.NeuronCount, MaxNeurons: n.Hyperparams.MaxNeurons, Owner: n.Owner, RegistrationPrice: costs[i], Tempo: n.Hyperparams.Tempo,
		})
	}
	return out, nil
}

func (l listing) text() string {
	t := newTable("Subnets, prices in AGON",
		table.Row{"subnet", "name", "token", "task", "state", "price", "neurons", "a uid costs", "tempo", "owner"}, "name", "token", "task", "state", "owner")
	for _, n := range l.Subnets {
		cost := column(n.RegistrationPrice)
		if n.State == stateDissolved {
			cost = ""
		}
		t.AppendRow(table.Row{
			n.Netuid, n.Name, n.Symbol, n.Task, n.State, n.Price, fmt.Sprintf("%d/%d", n.Neurons, n.MaxNeurons), cost, n.Tempo, n.Owner,
		})
	}
	return t.Render()
}
