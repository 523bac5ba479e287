// Command ask shows how an application calls the best expert of a subnet: it reads the metagraph, picks the miner with the
// highest incentive, sends a signed request and checks the receipt. It needs an account with a little AGON in it, and no
// transaction.
//
//	go run ./examples/ask 'Where is the station?'
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/registry"
	"github.com/agon-chain/agon/wire"
)

func main() {
	endpoints := flag.String("endpoints", ".agon/localnet/endpoints.json", "endpoints of a local network, as `make localnet` writes them")
	key := flag.String("key", localnet.HolderKey, "name of the caller's key in the node's keyring")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "ask: give one text in quotes")
		os.Exit(2)
	}
	if err := ask(context.Background(), *endpoints, *key, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func ask(ctx context.Context, endpoints, key, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	bz, err := os.ReadFile(endpoints)
	if err != nil {
		return fmt.Errorf("%w; start a network with: make localnet", err)
	}
	var where localnet.Endpoints
	if err := json.Unmarshal(bz, &where); err != nil {
		return err
	}

	// Who is best, by the chain's own judgement.
	cfg := chain.DefaultConfig()
	cfg.RPC, cfg.GRPC, cfg.ChainID = where.RPC, where.GRPC, where.ChainID
	client, err := chain.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	graph, err := client.Metagraph(ctx, where.Netuid)
	if err != nil {
		return err
	}
	serving := graph.Serving()
	if len(serving) == 0 {
		return fmt.Errorf("nobody serves in subnet %d", where.Netuid)
	}
	best := slices.MaxFunc(serving, func(a, b chain.Neuron) int { return cmp.Compare(a.Incentive, b.Incentive) })

	// Who asks: an account certifies a session key, and the session key signs requests.
	keys, err := chain.OpenKeyring(where.Home, "test", chain.Passphrase{})
	if err != nil {
		return err
	}
	account, sign, err := keys.AccountSigner(key)
	if err != nil {
		return err
	}
	session, err := wire.NewSession(where.ChainID, account, sign, wire.ScopeCall, uint16(where.Netuid), time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		return err
	}
	caller, err := wire.NewClient(wire.ClientOptions{ChainID: where.ChainID, AllowPrivate: true})
	if err != nil {
		return err
	}

	langid, err := task.Find(registry.Tasks(), "langid")
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	service, err := wire.ParseServicePublic(best.ServiceKey)
	if err != nil {
		return err
	}
	reply, err := caller.Do(ctx, wire.Call{
		Session: session, Endpoint: best.URL, To: best.Hotkey, ServiceKey: service,
		Netuid: uint16(where.Netuid), Path: langid.Route, Body: body,
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", reply.Body)
	fmt.Fprintf(os.Stderr, "answered by uid %d (%.1f %% of incentive) in %s; its receipt is valid\n",
		best.UID, 100*float64(best.Incentive)/65535, reply.Latency.Round(time.Millisecond))
	return nil
}
