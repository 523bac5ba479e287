package query

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/display"
)

func metagraphCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "metagraph NETUID",
		Short: "Show every neuron of a subnet: keys, stake, and the results of its last epoch",
		Long: `Show every neuron of a subnet at one height. The table has stake and emission in tokens and shares in percent; with --output json,
stake and emission are base units of the subnet's token (10^9 = 1 token) and shares fractions of 65535.

Where the subnet has several scoring mechanisms, the results are those of all together: shares weighted by the split that the last epoch paid
by, and the sum of emission. With --mechanism they are those of one.`,
		Example: `agond query scoring metagraph 1
agond query scoring metagraph 1 --mechanism 1
agond query scoring metagraph 1 --output json | jq '.neurons[] | select(.incentive > 0) | {uid, url, incentive}'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			netuid, err := netuidOf(args[0])
			if err != nil {
				return err
			}
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			mechanism, err := mechanismOf(cmd)
			if err != nil {
				return err
			}
			m, err := fetchMetagraph(cmd, clientCtx, netuid, mechanism)
			if err != nil {
				return err
			}
			if wantsJSON(clientCtx) {
				return writeJSON(cmd.OutOrStdout(), metagraphDocument(m, mechanism))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), metagraphTable(m, mechanism))
			return err
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	mechanismFlag(cmd)
	return cmd
}

// metagraphJSON is a metagraph by rows, under the chain's names.
type metagraphJSON struct {
	Netuid uint32 `json:"netuid"`
	// Mechanism whose results these are; absent for all together.
	Mechanism *uint32      `json:"mechanism,omitempty"`
	Height    int64        `json:"height"`
	Epoch     epochJSON    `json:"epoch"`
	Neurons   []neuronJSON `json:"neurons"`
}

type epochJSON struct {
	Index     uint64 `json:"index"`
	StartedAt int64  `json:"started_at"`
	DueAt     int64  `json:"due_at"`
	Paused    bool   `json:"paused"`
	Failure   string `json:"failure,omitempty"`
	// MechanismSplit of the running epoch and LastMechanismSplit of the last one, by which the results were paid, in basis points.
	MechanismSplit     []uint32 `json:"mechanism_split"`
	LastMechanismSplit []uint32 `json:"last_mechanism_split"`
}

type neuronJSON struct {
	UID            uint16 `json:"uid"`
	Hotkey         string `json:"hotkey"`
	Owner          string `json:"owner"`
	URL            string `json:"url,omitempty"`
	ServiceKey     []byte `json:"service_key,omitempty"`
	RegisteredAt   int64  `json:"registered_at"`
	Stake          uint64 `json:"stake"`
	LastUpdate     int64  `json:"last_update"`
	Permit         bool   `json:"permit"`
	Active         bool   `json:"active"`
	StakeWeight    uint16 `json:"stake_weight"`
	Consensus      uint16 `json:"consensus"`
	Incentive      uint16 `json:"incentive"`
	Dividends      uint16 `json:"dividends"`
	ValidatorTrust uint16 `json:"validator_trust"`
	Emission       uint64 `json:"emission"`
}

func metagraphDocument(m *chain.Metagraph, mechanism *uint32) metagraphJSON {
	out := metagraphJSON{
		Netuid: m.Netuid, Mechanism: mechanism, Height: m.Height, Neurons: make([]neuronJSON, 0, len(m.Neurons)),
		Epoch: epochJSON{
			Index: m.Epoch.Index, StartedAt: m.Epoch.StartedAt, DueAt: m.Epoch.DueAt, Paused: m.Epoch.Paused, Failure: m.Epoch.Failure,
			MechanismSplit: m.Epoch.MechanismSplit, LastMechanismSplit: m.Epoch.LastMechanismSplit,
		},
	}
	for _, n := range m.Neurons {
		out.Neurons = append(out.Neurons, neuronJSON(n))
	}
	return out
}

func metagraphTable(m *chain.Metagraph, mechanism *uint32) string {
	header := table.Row{"uid", "hotkey", "stake", "permit", "active", "trust %", "consensus %", "incentive %", "dividends %", "emission", "axon"}
	t := display.NewTable(fmt.Sprintf("Subnet %d%s at height %d: %s", m.Netuid, mechanismLine(m, mechanism), m.Height, epochLine(m)), header, "hotkey", "axon")
	var stake, emission uint64
	for _, n := range m.Neurons {
		t.AppendRow(table.Row{
			n.UID, n.Hotkey, tokens(n.Stake), mark(n.Permit), mark(n.Active), percent(n.ValidatorTrust), percent(n.Consensus),
			percent(n.Incentive), percent(n.Dividends), tokens(n.Emission), n.URL,
		})
		stake, emission = stake+n.Stake, emission+n.Emission
	}
	t.AppendFooter(table.Row{"", fmt.Sprintf("%d neurons", len(m.Neurons)), tokens(stake), "", "", "", "", "", "", tokens(emission), ""})
	return t.Render()
}

// mechanismLine says whose results a table has, where there can be a question.
func mechanismLine(m *chain.Metagraph, mechanism *uint32) string {
	split := m.Epoch.LastMechanismSplit
	if len(split) == 0 {
		split = m.Epoch.MechanismSplit
	}
	switch {
	case mechanism != nil:
		return fmt.Sprintf(", mechanism %d of %d", *mechanism, len(split))
	case len(split) > 1:
		return fmt.Sprintf(", all %d mechanisms together (%s)", len(split), display.Parts(split))
	}
	return ""
}

func epochLine(m *chain.Metagraph) string {
	if m.Epoch.Paused {
		return fmt.Sprintf("epoch %d is paused: %s", m.Epoch.Index, m.Epoch.Failure)
	}
	if !m.Epoch.Queued() {
		return "the subnet has not started"
	}
	return fmt.Sprintf("epoch %d ends with block %d", m.Epoch.Index, m.Epoch.DueAt)
}

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

// percent of a fraction of 65535; nothing for 0, so that who earns stands out.
func percent(v uint16) string {
	if v == 0 {
		return ""
	}
	return display.Points(display.FractionPoints(uint64(v)))
}

// tokens of an amount in base units; nothing for 0.
func tokens(amount uint64) string {
	if amount == 0 {
		return ""
	}
	return display.Column(amount)
}
