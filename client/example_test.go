package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/client"
)

// The common case: dial, ask the best miner of a model, print what it said and what it cost.
func Example() {
	ctx := context.Background()
	keys, err := chain.OpenKeyring("/home/me/.agon", "test", nil)
	if err != nil {
		panic(err)
	}
	c, err := client.Dial(ctx, client.Config{
		RPC: "http://127.0.0.1:26657", GRPC: "127.0.0.1:9090", ChainID: "agon-1",
		Keyring: keys, Key: "me", Home: "/home/me/.agon/client",
	})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	answer, err := c.Chat(ctx, "1/llama@2", []byte(`{"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 64}`))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\nfor %d nagon, by uid %d\n", answer.Body, answer.Paid.Cost, answer.Miner.UID)
}

// An answer in events, each as it comes. Only a nil error at the end says that they were all.
func ExampleClient_ChatStream() {
	var c *client.Client // see Example
	_, err := c.ChatStream(context.Background(), "1/llama@2", []byte(`{"messages": [{"role": "user", "content": "Hello"}]}`), func(data []byte) error {
		var chunk struct {
			Choices []struct {
				Delta struct{ Content string }
			}
		}
		if err := json.Unmarshal(data, &chunk); err != nil {
			return err
		}
		for _, choice := range chunk.Choices {
			fmt.Fprint(os.Stdout, choice.Delta.Content)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
}

// A miner of one's own choice, asked so that nobody between here and it can read question or answer.
func ExampleClient_Call() {
	var c *client.Client // see Example
	ctx := context.Background()
	miners, err := c.Miners(ctx, 1)
	if err != nil {
		panic(err)
	}
	for _, m := range miners {
		fmt.Println(m.UID, m.Incentive, m.Price, m.Models)
	}
	answer, err := c.Call(ctx, miners[0], client.Request{Path: "/v1/langid", Body: []byte(`{"text": "Wo ist der Bahnhof?"}`), Sealed: true, MaxCost: 1_000_000})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", answer.Body)
}
