// Command chat asks a gateway with OpenAI's client: OPENAI_BASE_URL says where it is, OPENAI_API_KEY who asks.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/openai/openai-go/v3"
)

func main() {
	client := openai.NewClient()
	stream := client.Chat.Completions.NewStreaming(context.Background(), openai.ChatCompletionNewParams{
		Model:     "speeches/sotu-base",
		Messages:  []openai.ChatCompletionMessageParamUnion{openai.UserMessage("My fellow Americans,")},
		MaxTokens: openai.Int(32),
	})
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			fmt.Print(choice.Delta.Content)
		}
	}
	fmt.Println()
	if err := stream.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}
