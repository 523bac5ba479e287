// Command ask shows how an application calls the best expert of a subnet: package client finds the miner, signs the request and checks
// the receipt. It needs an account with a little AGON in it, and no transaction where the miner is free.
//
//	go run ./examples/ask 'Where is the station?'
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/client"
	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/registry"
)

func main() {
	endpoints := flag.String("endpoints", ".agon/localnet/endpoints.json", "endpoints of a local network, as `make localnet` writes them")
	key := flag.String("key", localnet.HolderKey, "name of the caller's key in the node's keyring")
	home := flag.String("home", ".agon/ask", "folder of the channels to miners that want to be paid")
	sealed := flag.Bool("sealed", false, "let nobody but the miner read the text")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "ask: give one text in quotes")
		os.Exit(2)
	}
	if err := ask(context.Background(), *endpoints, *key, *home, *sealed, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func ask(ctx context.Context, endpoints, key, home string, sealed bool, text string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	bz, err := os.ReadFile(endpoints)
	if err != nil {
		return fmt.Errorf("%w; start a network with: make localnet", err)
	}
	var where localnet.Endpoints
	if err := json.Unmarshal(bz, &where); err != nil {
		return err
	}
	keys, err := chain.OpenKeyring(where.Home, "test", nil)
	if err != nil {
		return err
	}
	c, err := client.Dial(ctx, client.Config{RPC: where.RPC, GRPC: where.GRPC, ChainID: where.ChainID, Keyring: keys, Key: key, Home: home, AllowPrivate: true})
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the answer is there

	langid, err := task.Find(registry.Tasks(), "langid")
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	answer, err := c.Best(ctx, fmt.Sprint(where.Netuid), client.Request{Path: langid.Route, Body: body, Sealed: sealed})
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", answer.Body)
	fmt.Fprintf(os.Stderr, "answered by uid %d (%.1f %% of incentive) for %d nagon; its receipt is valid\n",
		answer.Miner.UID, 100*float64(answer.Miner.Incentive)/65535, answer.Paid.Cost)
	return nil
}
