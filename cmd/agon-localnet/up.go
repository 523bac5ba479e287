package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/localnet"
)

// upCommand starts a network and leaves it running until a signal.
func upCommand() *cobra.Command {
	var flags networkFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a network and keep it running until Ctrl-C",
		Long: `Start a chain, the subnets of the demonstration with their miners and validators, and a gateway that answers programs that speak OpenAI's API. Two
miners of conversations have a price, which the gateway pays them; all others are free. DIR/endpoints.json says where everybody is, and has a key for the gateway.`,
		Example: "  agon-localnet up\n  agon-localnet up --nodes 4 --block-time 1s",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.config()
			if err != nil {
				return err
			}
			cfg.AddGateway()
			began := time.Now()
			cfg.Progress = func(step string) { fmt.Printf("[%5.1fs] %s\n", time.Since(began).Seconds(), step) }
			network, err := localnet.Up(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer network.Stop()
			endpoints, err := network.Endpoints(cmd.Context())
			if err != nil {
				return err
			}
			explain(os.Stdout, endpoints, cfg)
			err = network.Follow(cmd.Context(), func(p *localnet.Process, why error) {
				fmt.Printf("\n%s\nThe others run on. Start it again with:\n  %s\n", why, p.Command())
			})
			if !errors.Is(err, context.Canceled) {
				return err
			}
			fmt.Println("\nstopping")
			return nil
		},
	}
	flags.add(cmd, filepath.Join(".agon", "localnet"))
	return cmd
}

// explain prints where the network is and what to try.
func explain(out io.Writer, e localnet.Endpoints, cfg localnet.Config) {
	fmt.Fprintf(out, `
The network %s is up.

  RPC        %s
  REST       %s   (OpenAPI at %s/openapi)
  gRPC       %s
  endpoints  %s
  logs       %s

`, e.ChainID, e.RPC, e.REST, e.REST, e.GRPC, cfg.EndpointsFile(), filepath.Join(cfg.Dir, "logs"))
	for _, m := range e.Miners {
		fmt.Fprintf(out, "  miner      uid %2d  %-16s %-10s %s\n", m.UID, m.Name, m.Kind, m.URL)
	}
	for _, v := range e.Validators {
		fmt.Fprintf(out, "  validator  uid %2d  %-16s %-10s %s\n", v.UID, v.Name, v.Kind, v.Hotkey)
	}
	if e.Gateway != "" {
		fmt.Fprintf(out, `  gateway    %s/v1   OpenAI's API; its key is in the endpoints, and every OpenAI client takes both from here:

  export OPENAI_BASE_URL=%s/v1 OPENAI_API_KEY=$(jq -r .api_key %s)
  curl $OPENAI_BASE_URL/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \
    -d '{"model": "speeches/sotu-base", "messages": [{"role": "user", "content": "My fellow Americans,"}], "max_tokens": 32}'
`, e.Gateway, e.Gateway, cfg.EndpointsFile())
	}
	fmt.Fprintf(out, `
Try, in another terminal:

  export AGOND_HOME=%s
  bin/agond subnet list
  bin/agond query scoring metagraph %d
  bin/agond validators %d
  bin/agond stake add 5agon --subnet %d --validator %d --from %s --yes
  bin/agond portfolio %s
  bin/agond query scoring explain %d %d
  bin/agond query emission overview
  bin/agond payment channels %s   # who the gateway pays

Stop with Ctrl-C.
`, e.Home, e.Netuid, e.Netuid, e.Netuid, e.Validators[0].UID, localnet.HolderKey, localnet.HolderKey, e.Netuid, e.Miners[0].UID, e.GatewayAccount)
}
