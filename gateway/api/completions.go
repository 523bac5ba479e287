package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/agon-chain/agon/gateway/body"
)

// completionTokens is OpenAI's default of max_tokens for completions.
const completionTokens = "16"

// completions is POST /v1/completions, as one message of a chat: subnets examine their experts in chats, and there is none for bare continuations. So the model sees
// its chat template around the prompt. What has no meaning there is refused.
func (c *call) completions() {
	raw, ok := c.clear()
	if !ok {
		return
	}
	chat, err := completionToChat(raw)
	if err != nil {
		c.fail(err)
		return
	}
	in, err := c.parse(chat)
	if err == nil && in.ensemble != nil {
		err = refuse(http.StatusBadRequest, "invalid_request", "agon.ensemble", "ensembles are for /v1/chat/completions")
	}
	if err != nil {
		c.fail(err)
		return
	}
	in.verbatim = false
	if in.stream {
		c.streamed(in, chatRoute, &completionFilter{in})
		return
	}
	ans, err := c.whole(in, chatRoute)
	if err != nil {
		c.failed(ans, err)
		return
	}
	out, err := completionOf(ans.Reply.Body, in.logprobs)
	if err != nil {
		c.failed(ans, err)
		return
	}
	c.give(ans, out, rewrittenCompletions)
}

const rewrittenCompletions = "completions"

// clear reads a body that must not be sealed.
func (c *call) clear() ([]byte, bool) {
	raw, sealed, err := c.read()
	if err == nil && sealed {
		err = refuse(http.StatusUnsupportedMediaType, "unsupported_content_type", "", "a sealed body cannot be translated; send it to /v1/chat/completions or /v1/tasks/{subnet}")
	}
	if err != nil {
		c.fail(err)
		return nil, false
	}
	return raw, true
}

// completionToChat makes a chat's body of a completion's.
func completionToChat(raw []byte) ([]byte, error) {
	o, err := body.Parse(raw)
	if err != nil {
		return nil, err
	}
	prompt, err := promptOf(o.Get("prompt"))
	if err != nil {
		return nil, err
	}
	for _, f := range []struct{ name, neutral string }{{"echo", "false"}, {"suffix", `""`}, {"best_of", "1"}} {
		if v := o.Get(f.name); v != nil && string(v) != f.neutral {
			return nil, refuse(http.StatusBadRequest, "unsupported_parameter", f.name, f.name+" has no meaning for a chat, which completions are answered by here; leave it out")
		}
		o.Cut(f.name)
	}
	if v := o.Get("logprobs"); v != nil {
		n, err := strconv.ParseUint(string(v), 10, 8)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid_request", "logprobs", "logprobs of a completion must be a whole number, 0 to 20")
		}
		o.Set("logprobs", []byte("true"))
		if n > 0 {
			o.Set("top_logprobs", strconv.AppendUint(nil, n, 10))
		}
	}
	o.Cut("prompt")
	messages, err := json.Marshal([]map[string]string{{"role": "user", "content": prompt}})
	if err != nil {
		return nil, err
	}
	o.Set("messages", messages)
	if o.Get("max_tokens") == nil {
		o.Set("max_tokens", []byte(completionTokens))
	}
	return o.Bytes(), nil
}

func promptOf(raw json.RawMessage) (string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return list[0], nil
	}
	return "", refuse(http.StatusBadRequest, "invalid_request", "prompt", "prompt must be text, or a list of one text; tokens, and several prompts in one call, are not supported")
}

// chatAnswer is what translations read of an answer or of an event.
type chatAnswer struct {
	ID      string `json:"id"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Index   int      `json:"index"`
		Message chatText `json:"message"`
		Delta   chatText `json:"delta"`
		Finish  *string  `json:"finish_reason"`
		Log     *struct {
			Content []tokenLog `json:"content"`
		} `json:"logprobs"`
	} `json:"choices"`
	Usage *chatUsage `json:"usage"`
}

type chatText struct {
	Content   *string    `json:"content"`
	Refusal   *string    `json:"refusal"`
	ToolCalls []toolCall `json:"tool_calls"`
}

type toolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type tokenLog struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	Top     []struct {
		Token   string  `json:"token"`
		Logprob float64 `json:"logprob"`
	} `json:"top_logprobs"`
}

type chatUsage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Total      int64 `json:"total_tokens"`
}

// readChat reads a miner's answer for a translation. What is none is the miner's fault.
func readChat(raw []byte) (*chatAnswer, error) {
	var a chatAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	return &a, nil
}

type completionLogs struct {
	Tokens   []string             `json:"tokens"`
	Logprobs []float64            `json:"token_logprobs"`
	Top      []map[string]float64 `json:"top_logprobs"`
	Offset   []int                `json:"text_offset"`
}

type completionChoice struct {
	Index  int             `json:"index"`
	Text   string          `json:"text"`
	Log    *completionLogs `json:"logprobs"`
	Finish *string         `json:"finish_reason"`
}

type completion struct {
	ID      string             `json:"id"`
	Object  string             `json:"object"`
	Created int64              `json:"created"`
	Model   string             `json:"model"`
	Choices []completionChoice `json:"choices"`
	Usage   *chatUsage         `json:"usage,omitempty"`
}

// completionOf translates an answer, or an event of a stream.
func completionOf(raw []byte, logs bool) ([]byte, error) {
	a, err := readChat(raw)
	if err != nil {
		return nil, err
	}
	out := completion{ID: a.ID, Object: "text_completion", Created: a.Created, Model: a.Model, Choices: []completionChoice{}, Usage: a.Usage}
	for _, ch := range a.Choices {
		c := completionChoice{Index: ch.Index, Finish: ch.Finish}
		for _, t := range []*string{ch.Message.Content, ch.Delta.Content} {
			if t != nil {
				c.Text += *t
			}
		}
		if logs && ch.Log != nil {
			c.Log = &completionLogs{Tokens: []string{}, Logprobs: []float64{}, Top: []map[string]float64{}, Offset: []int{}}
			at := 0
			for _, t := range ch.Log.Content {
				top := map[string]float64{}
				for _, alt := range t.Top {
					top[alt.Token] = alt.Logprob
				}
				c.Log.Tokens, c.Log.Logprobs = append(c.Log.Tokens, t.Token), append(c.Log.Logprobs, t.Logprob)
				c.Log.Top, c.Log.Offset = append(c.Log.Top, top), append(c.Log.Offset, at)
				at += len(t.Token)
			}
		}
		out.Choices = append(out.Choices, c)
	}
	return json.Marshal(out)
}

// completionFilter translates a chat's events.
type completionFilter struct{ in *input }

func (f *completionFilter) event(data []byte) ([][]byte, error) {
	out, err := (&chatFilter{in: f.in}).event(data)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	e, err := completionOf(out[0], f.in.logprobs)
	if err != nil {
		return nil, err
	}
	return [][]byte{e}, nil
}

func (f *completionFilter) name([]byte) string     { return "" }
func (f *completionFilter) rewritten() string      { return rewrittenCompletions }
func (f *completionFilter) end() [][]byte          { return nil }
func (f *completionFilter) fail(err []byte) []byte { return err }
func (f *completionFilter) trailer() bool          { return true }
