package localnet

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
)

// readyWithin is how long a daemon has to register, load its model and serve: the largest expert takes most of it.
const readyWithin = 3 * time.Minute

// callerRate is how many requests a second a miner of a network answers one caller: whoever measures it asks at once what
// users ask over hours.
const callerRate = "1000"

// Participant is a miner or a validator: its keys, its home and its program.
type Participant struct {
	*Process

	// Name in reports.
	Name string
	// Kind in reports.
	Kind string
	// Netuid of its subnet.
	Netuid uint32
	// Hotkey and Owner are bech32 addresses.
	Hotkey, Owner string
	// URL is where a miner serves; empty for a validator.
	URL string
	// Home is the daemon's folder.
	Home string

	keys    *chain.Keyring
	listen  int
	metrics int
}

// Keys is the participant's keyring, with chain.KeyOwner and chain.KeyHotkey.
func (p *Participant) Keys() *chain.Keyring { return p.keys }

// layParticipants makes everybody's keys and says what the genesis must fund.
func (n *Network) layParticipants() ([]grant, error) {
	var err error
	if n.keys, err = chain.OpenKeyring(n.nodes[0].home, "test", chain.Passphrase{}); err != nil {
		return nil, err
	}
	var grants []grant
	for name, nagon := range map[string]uint64{SubnetOwnerKey: uint64(len(n.cfg.Subnets))*n.cfg.CreationCost + participantFunds, HolderKey: holderFunds} {
		if _, _, err := n.keys.Ensure(name); err != nil {
			return nil, err
		}
		address, err := n.keys.Address(name)
		if err != nil {
			return nil, err
		}
		grants = append(grants, grant{address.String(), nagon})
	}
	daemons := 0
	for _, s := range n.cfg.Subnets {
		daemons += len(s.Miners) + len(s.Validators)
	}
	ports, err := freePorts(2 * daemons)
	if err != nil {
		return nil, err
	}
	lay := func(netuid uint32, folder, name, kind string, nagon uint64) (*Participant, error) {
		p := &Participant{Name: name, Kind: kind, Netuid: netuid, Home: filepath.Join(n.cfg.Dir, folder, name), listen: ports[0], metrics: ports[1]}
		ports = ports[2:]
		var err error
		if p.keys, err = chain.OpenKeyring(p.Home, "test", chain.Passphrase{}); err != nil {
			return nil, err
		}
		for key, into := range map[string]*string{chain.KeyOwner: &p.Owner, chain.KeyHotkey: &p.Hotkey} {
			if _, _, err := p.keys.Ensure(key); err != nil {
				return nil, err
			}
			address, err := p.keys.Address(key)
			if err != nil {
				return nil, err
			}
			*into = address.String()
		}
		grants = append(grants, grant{p.Owner, nagon})
		return p, nil
	}
	for i, s := range n.cfg.Subnets {
		netuid := Netuid + uint32(i)
		for _, m := range s.Miners {
			p, err := lay(netuid, "miners", m.Name, m.Kind, participantFunds)
			if err != nil {
				return nil, err
			}
			p.URL = "http://" + loopback(p.listen)
			n.miners = append(n.miners, p)
		}
		for _, v := range s.Validators {
			p, err := lay(netuid, "validators", v.Name, v.Kind, participantFunds+v.Stake)
			if err != nil {
				return nil, err
			}
			n.validators = append(n.validators, p)
		}
	}
	return grants, nil
}

// settings are what miners and validators have in common; `init` writes them to config.toml.
func (n *Network) settings(p *Participant) []string {
	return []string{
		"--rpc", n.nodes[0].RPC(), "--grpc", n.nodes[0].GRPC(),
		"--chain-id", n.cfg.ChainID, "--netuid", strconv.FormatUint(uint64(p.Netuid), 10),
		"--keyring-backend", "test",
		"--metrics-listen", loopback(p.metrics),
		"--poll-every", n.cfg.pollEvery(),
	}
}

// startMiners starts all miners and waits until each serves: those first that have a model, then those that relay to them.
func (n *Network) startMiners(ctx context.Context) error {
	for _, relays := range []bool{false, true} {
		if err := n.startMinersThat(ctx, relays); err != nil {
			return err
		}
		if err := n.waitReady(ctx, n.started()); err != nil {
			return err
		}
	}
	return nil
}

// started are the miners that have a process.
func (n *Network) started() []*Participant {
	return slices.DeleteFunc(slices.Clone(n.miners), func(p *Participant) bool { return p.Process == nil })
}

func (n *Network) startMinersThat(ctx context.Context, relays bool) error {
	for i, m := range n.cfg.miners() {
		if relays != (m.Relay != "") {
			continue
		}
		p := n.miners[i]
		args := append(n.settings(p), "--listen", loopback(p.listen), "--public-url", p.URL, "--expert", m.Expert,
			"--rate", callerRate, "--burst", callerRate)
		if m.Options != "" {
			args = append(args, "--expert-options", m.Options)
		}
		if m.Price != (wire.Price{}) {
			args = append(args, "--price-per-request", strconv.FormatUint(m.Price.PerRequest, 10),
				"--price-per-million-input", strconv.FormatUint(m.Price.PerMillionInput, 10),
				"--price-per-million-output", strconv.FormatUint(m.Price.PerMillionOutput, 10))
		}
		if m.ClaimAbove > 0 {
			args = append(args, "--claim-above", strconv.FormatUint(m.ClaimAbove, 10), "--check-every", callCheck)
		}
		if m.Dishonest {
			args = append(args, "--allow-dishonest")
		}
		if relays {
			url, err := n.startRelay(ctx, p, n.minerNamed(m.Relay), m.Options)
			if err != nil {
				return err
			}
			args = append(args, "--expert-endpoint", url)
		}
		if err := n.startDaemon(ctx, p, "agon-miner", "miner-"+m.Name, args); err != nil {
			return err
		}
	}
	return nil
}

// startValidators starts all validators, stakes behind each as soon as it is registered, and waits until each runs.
func (n *Network) startValidators(ctx context.Context) error {
	for i, v := range n.cfg.validators() {
		p := n.validators[i]
		args := append(n.settings(p), "--data-dir", n.cfg.Subnets[p.Netuid-Netuid].DataDir, "--allow-private")
		if v.PerMiner > 0 {
			args = append(args, "--per-miner", strconv.Itoa(v.PerMiner))
		}
		switch v.Kind {
		case "copier":
			args = append(args, "--allow-dishonest", "--behaviour", "copier")
		case "colluder":
			args = append(args, "--allow-dishonest", "--behaviour", "colluder", "--favour", n.minerNamed(v.Favours).Hotkey)
		}
		if err := n.startDaemon(ctx, p, "agon-validator", "validator-"+v.Name, args); err != nil {
			return err
		}
	}
	if err := n.waitReady(ctx, n.validators); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for i, v := range n.cfg.validators() {
		g.Go(func() error { return n.stake(ctx, n.validators[i], v.Stake) })
	}
	return g.Wait()
}

// JudgeAlso starts a further process of a validator that runs, for another of the subnet's scoring mechanisms and with settings of its
// own, and waits until it is well.
func (n *Network) JudgeAlso(ctx context.Context, v *Participant, mechanism int, settings ...string) (*Participant, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s-mechanism-%d", v.Process.Name, mechanism)
	p := *v
	p.metrics = ports[0]
	args := append([]string{"run", "--home", p.Home, "--mechanism", strconv.Itoa(mechanism), "--metrics-listen", loopback(p.metrics)}, settings...)
	p.Process = n.newProcess(name, filepath.Join(n.cfg.Dir, "logs", name+".log"), n.cfg.program("agon-validator"), args...)
	if err := p.Start(); err != nil {
		return nil, err
	}
	n.processes = append(n.processes, p.Process)
	return &p, n.waitReady(ctx, []*Participant{&p})
}

func (n *Network) minerNamed(name string) *Participant {
	for _, p := range n.miners {
		if p.Name == name {
			return p
		}
	}
	return nil // Config.Validate has found it
}

// startDaemon sets a daemon up and starts it the way its operator would: init once, then run.
func (n *Network) startDaemon(ctx context.Context, p *Participant, program, name string, settings []string) error {
	path := n.cfg.program(program)
	if _, err := run(ctx, path, append([]string{"init", "--home", p.Home}, settings...)...); err != nil {
		return err
	}
	p.Process = n.newProcess(name, filepath.Join(n.cfg.Dir, "logs", name+".log"), path, "run", "--home", p.Home, "--register")
	if err := p.Start(); err != nil {
		return err
	}
	n.processes = append(n.processes, p.Process)
	return nil
}

// waitReady waits until every daemon says that it is well, or one ends.
func (n *Network) waitReady(ctx context.Context, daemons []*Participant) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range daemons {
		g.Go(func() error { return p.WaitReady(ctx) })
	}
	return g.Wait()
}

// WaitReady waits until the daemon says that it is well, or has ended, or ctx ends.
func (p *Participant) WaitReady(ctx context.Context) error {
	return p.waitWell(ctx, "http://"+loopback(p.metrics)+"/healthz")
}

// waitWell waits until a program answers 200 at an address, or has ended, or ctx ends.
func (p *Process) waitWell(ctx context.Context, url string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.Done():
			return p.Exited()
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w: %s; its log is %s", p.Name, ctx.Err(), lastLine(p.Log), p.Log)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
