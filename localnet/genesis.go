package localnet

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/app/params"
)

const (
	// nodeStake is what each consensus node bonds, in nagon.
	nodeStake = 100_000_000_000_000
	// nodeFunds is what each consensus node's account has at genesis, in nagon.
	nodeFunds = 2 * nodeStake
	// participantFunds is what an owner has at genesis beside what it stakes, in nagon.
	participantFunds = 1_000_000_000_000
	// holderFunds is what the account for whoever tries the network has at genesis, in nagon: enough for a subnet of its own.
	holderFunds = 100_000_000_000_000
	// validatorKey names the key of a consensus node.
	validatorKey = "node"
)

// grant is an account that the genesis funds.
type grant struct {
	address string
	nagon   uint64
}

// makeGenesis writes the homes of all consensus nodes with one common genesis.
func (n *Network) makeGenesis(ctx context.Context, grants []grant) error {
	agond := n.cfg.program("agond")
	first := n.nodes[0]
	for _, node := range n.nodes {
		if _, err := run(ctx, agond, "init", node.name, "--chain-id", n.cfg.ChainID, "--home", node.home); err != nil {
			return err
		}
		if err := n.configureNode(node); err != nil {
			return err
		}
		if _, err := run(ctx, agond, "keys", "add", validatorKey, "--home", node.home, "--keyring-backend", "test", "--output", "json"); err != nil {
			return err
		}
		address, err := run(ctx, agond, "keys", "show", validatorKey, "--address", "--home", node.home, "--keyring-backend", "test")
		if err != nil {
			return err
		}
		grants = append(grants, grant{strings.TrimSpace(string(address)), nodeFunds})
	}
	if err := n.editGenesis(first.genesis()); err != nil {
		return err
	}
	if err := n.addAccounts(ctx, first, grants); err != nil {
		return err
	}
	gentxs := filepath.Join(first.home, "config", "gentx")
	if err := os.MkdirAll(gentxs, 0o755); err != nil {
		return err
	}
	for _, node := range n.nodes {
		if err := copyFile(first.genesis(), node.genesis()); err != nil {
			return err
		}
		_, err := run(ctx, agond, "genesis", "gentx", validatorKey, fmt.Sprintf("%d%s", uint64(nodeStake), params.BaseDenom),
			"--chain-id", n.cfg.ChainID, "--home", node.home, "--keyring-backend", "test", "--moniker", node.name,
			"--ip", "127.0.0.1", "--output-document", filepath.Join(gentxs, node.name+".json"))
		if err != nil {
			return err
		}
	}
	if _, err := run(ctx, agond, "genesis", "collect-gentxs", "--home", first.home); err != nil {
		return err
	}
	for _, node := range n.nodes {
		if err := copyFile(first.genesis(), node.genesis()); err != nil {
			return err
		}
	}
	_, err := run(ctx, agond, "genesis", "validate", "--home", first.home)
	return err
}

// addAccounts writes the funded accounts into a node's genesis at once.
func (n *Network) addAccounts(ctx context.Context, node *Node, grants []grant) error {
	type coin struct {
		Denom  string `json:"denom"`
		Amount string `json:"amount"`
	}
	type account struct {
		Address string `json:"address"`
		Coins   []coin `json:"coins"`
	}
	accounts := make([]account, len(grants))
	for i, g := range grants {
		accounts[i] = account{g.address, []coin{{params.BaseDenom, strconv.FormatUint(g.nagon, 10)}}}
	}
	bz, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	path := filepath.Join(n.cfg.Dir, "accounts.json")
	if err := os.WriteFile(path, bz, 0o644); err != nil {
		return err
	}
	_, err = run(ctx, n.cfg.program("agond"), "genesis", "bulk-add-genesis-account", path, "--home", node.home)
	return err
}

// editGenesis scales the chain's parameters to a network whose epochs take seconds.
func (n *Network) editGenesis(path string) error {
	bz, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(bz, &doc); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	type edit struct {
		value any
		path  []string
	}
	edits := []edit{
		{strconv.FormatUint(n.cfg.CreationCost, 10), []string{"subnet", "params", "min_creation_cost"}},
		{10_000, []string{"subnet", "params", "creation_cost_step_bps"}}, // each subnet costs the same
		{"1", []string{"subnet", "params", "axon_interval"}},
		{"10", []string{"subnet", "params", "hyperparams_delay"}},
		{"5", []string{"subnet", "params", "commitment_interval"}},
		{"0", []string{"subnet", "params", "start_delay"}},
		{"20", []string{"subnet", "params", "subnet_immunity"}},
		{"10", []string{"subnet", "params", "owner_swap_delay"}},
		{strconv.FormatUint(n.cfg.PriceHalfLife, 10), []string{"emission", "params", "price_half_life"}},
		{"10", []string{"stake", "params", "children_delay"}},
	}
	for _, name := range slices.Sorted(maps.Keys(n.cfg.Params)) {
		module, parameter, _ := strings.Cut(name, "/")
		edits = append(edits, edit{n.cfg.Params[name], []string{module, "params", parameter}})
	}
	for _, edit := range edits {
		if err := set(doc, edit.value, append([]string{"app_state"}, edit.path...)...); err != nil {
			return fmt.Errorf("genesis: %w", err)
		}
	}
	if bz, err = json.MarshalIndent(doc, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, bz, 0o644)
}

// set replaces a value that is there; a path that has moved is an error, not a new entry.
func set(doc map[string]any, value any, path ...string) error {
	for _, key := range path[:len(path)-1] {
		inner, ok := doc[key].(map[string]any)
		if !ok {
			return fmt.Errorf("no %q in %s", key, strings.Join(path, "."))
		}
		doc = inner
	}
	last := path[len(path)-1]
	if _, ok := doc[last]; !ok {
		return fmt.Errorf("no %q in %s", last, strings.Join(path, "."))
	}
	doc[last] = value
	return nil
}

// copyFile copies a small file; onto itself it does nothing.
func copyFile(from, to string) error {
	if from == to {
		return nil
	}
	bz, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, bz, 0o644)
}
