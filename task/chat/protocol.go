package chat

import (
	"encoding/json"
	"fmt"
)

const (
	// Kind is the task's name on chain.
	Kind = "chat"
	// Version of questions and judging.
	Version = 1
	// Route that miners serve.
	Route = "/v1/chat/completions"

	// MaxRequestBytes bounds a request body.
	MaxRequestBytes = 1 << 20
	// MaxResponseBytes bounds a response body, or all events of a stream.
	MaxResponseBytes = 8 << 20
	// MaxMessages bounds a conversation.
	MaxMessages = 1024
	// MaxStops and MaxStopBytes bound the stop strings.
	MaxStops     = 4
	MaxStopBytes = 256
	// MaxTopLogprobs bounds the alternatives told for each token.
	MaxTopLogprobs = 20
	// MaxModelBytes bounds the name of a model.
	MaxModelBytes = 128
	// MaxTemperature is OpenAI's.
	MaxTemperature = 2
	// MaxTopK bounds top_k; no vocabulary is larger.
	MaxTopK = 1 << 20

	// CodeModelNotServed is the code of the refusal of a request for another model or version than the one served.
	CodeModelNotServed = "model_not_served"

	// ObjectCompletion and ObjectChunk are what OpenAI calls a response and a piece of a stream.
	ObjectCompletion = "chat.completion"
	ObjectChunk      = "chat.completion.chunk"
)

// Roles of messages. A developer's message is what newer clients call a system's.
const (
	RoleSystem    = "system"
	RoleDeveloper = "developer"
	RoleUser      = "user"
	RoleAssistant = "assistant"
)

// Reasons why an answer ends.
const (
	FinishStop   = "stop"   // the model ended it, or a stop string did
	FinishLength = "length" // max_tokens or the context did
)

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Name    string `json:"name,omitempty"`
}

// Request is a request with every default filled in, as [DecodeRequest] gives it. It encodes to a body that every OpenAI-compatible
// server takes, but for TopK, which is an extension that vLLM, SGLang and llama.cpp share.
type Request struct {
	Model       string         `json:"model,omitempty"`
	Messages    []Message      `json:"messages"`
	MaxTokens   int            `json:"max_tokens"`             // at least 1
	Temperature float64        `json:"temperature"`            // 0 to MaxTemperature; 0 is greedy
	TopP        float64        `json:"top_p"`                  // above 0, at most 1
	TopK        int            `json:"top_k,omitempty"`        // 0: no bound
	Seed        *int64         `json:"seed,omitempty"`         // nil: the server's own
	Stop        []string       `json:"stop,omitempty"`         // not part of the answer
	Logprobs    bool           `json:"logprobs,omitempty"`     // of each token of the answer
	TopLogprobs int            `json:"top_logprobs,omitempty"` // alternatives to each, with Logprobs only
	Stream      bool           `json:"stream,omitempty"`
	Options     *StreamOptions `json:"stream_options,omitempty"` // usage comes anyway
}

// StreamOptions are OpenAI's.
type StreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// Response is an answer in one piece.
type Response struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"` // Unix seconds
	Model   string   `json:"model"`   // name@version of what answered
	Choices []Choice `json:"choices"` // exactly one
	Usage   Usage    `json:"usage"`
}

// Choice is the answer.
type Choice struct {
	Index        int       `json:"index"`
	Message      Message   `json:"message"`
	Logprobs     *Logprobs `json:"logprobs"`
	FinishReason string    `json:"finish_reason"`
}

// Chunk is a piece of a stream. The last one has usage and no choice; the one before has the reason why the answer ends.
type Chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []ChunkChoice `json:"choices"`
	Usage   *Usage        `json:"usage,omitempty"`
}

// ChunkChoice is what a piece adds.
type ChunkChoice struct {
	Index        int       `json:"index"`
	Delta        Delta     `json:"delta"`
	Logprobs     *Logprobs `json:"logprobs,omitempty"`
	FinishReason *string   `json:"finish_reason"`
}

// Delta is the text that a piece adds; the first one has the role.
type Delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
}

// Usage counts tokens. TotalTokens is the sum of the others.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// Logprobs are the natural logarithms of probabilities, token by token.
type Logprobs struct {
	Content []TokenLogprob `json:"content"`
}

// TokenLogprob is one token of the answer.
type TokenLogprob struct {
	ID          *int          `json:"id,omitempty"`
	Token       string        `json:"token"`
	Logprob     Logprob       `json:"logprob"`
	Bytes       Bytes         `json:"bytes"`
	TopLogprobs []Alternative `json:"top_logprobs"`
}

// Alternative is a token that could have stood in the place.
type Alternative struct {
	// ID is the token's number in the model's vocabulary, where the server tells it. Two tokens can have one text.
	ID      *int    `json:"id,omitempty"`
	Token   string  `json:"token"`
	Logprob Logprob `json:"logprob"`
	// Bytes are the token's, which may be a part of a character that Token cannot show; null if unknown.
	Bytes Bytes `json:"bytes"`
}

// Logprob is the natural logarithm of a probability before temperature and cuts, at most 0. JSON has no infinity: a probability of 0 is
// told as [Impossible], and servers that write null for it are read so, where encoding/json alone would read a certainty.
type Logprob float64

// Impossible is the log-probability of what cannot be, as OpenAI has it.
const Impossible Logprob = -9999

// UnmarshalJSON implements json.Unmarshaler.
func (l *Logprob) UnmarshalJSON(raw []byte) error {
	v := float64(Impossible)
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	*l = Logprob(v)
	return nil
}

// Bytes encodes as an array of numbers, where encoding/json would write base64.
type Bytes []byte

// MarshalJSON implements json.Marshaler.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	n := make([]uint16, len(b))
	for i, v := range b {
		n[i] = uint16(v)
	}
	return json.Marshal(n)
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bytes) UnmarshalJSON(raw []byte) error {
	var n []uint16
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	*b = nil
	if n != nil {
		*b = make(Bytes, len(n))
	}
	for i, v := range n {
		if v > 255 {
			return fmt.Errorf("byte %d is %d, want 0 to 255", i, v)
		}
		(*b)[i] = byte(v)
	}
	return nil
}
