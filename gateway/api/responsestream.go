package api

import "encoding/json"

// responseFilter makes the events of a response out of a chat's. It keeps the text for the events that repeat the whole.
type responseFilter struct {
	in     *input
	r      *response
	seq    int
	began  bool
	text   int // place of the message in the output, from 1; 0: none yet
	calls  map[int]int
	finish *string
	out    [][]byte
}

func (f *responseFilter) emit(typ string, more map[string]any) error {
	m := map[string]any{"type": typ, "sequence_number": f.seq}
	for k, v := range more {
		m[k] = v
	}
	f.seq++
	raw, err := json.Marshal(m)
	if err == nil {
		f.out = append(f.out, raw)
	}
	return err
}

func (f *responseFilter) begin() error {
	if f.began {
		return nil
	}
	f.began = true
	for _, typ := range []string{"response.created", "response.in_progress"} {
		if err := f.emit(typ, map[string]any{"response": f.r}); err != nil {
			return err
		}
	}
	return nil
}

func (f *responseFilter) event(data []byte) ([][]byte, error) {
	f.out = nil
	a, err := readChat(data)
	if err != nil {
		return nil, err
	}
	if err := f.begin(); err != nil {
		return nil, err
	}
	if a.Usage != nil {
		f.r.Usage = usageOf(a.Usage)
	}
	for _, ch := range a.Choices {
		if ch.Index != 0 {
			continue
		}
		if ch.Finish != nil {
			f.finish = ch.Finish
		}
		if t := ch.Delta.Content; t != nil && *t != "" {
			if err := f.say(*t); err != nil {
				return nil, err
			}
		}
		for _, t := range ch.Delta.ToolCalls {
			if err := f.call(t); err != nil {
				return nil, err
			}
		}
	}
	return f.out, nil
}

// say adds to the message.
func (f *responseFilter) say(text string) error {
	if f.text == 0 {
		f.r.Output = append(f.r.Output, messageItem(newID("msg_"), "in_progress", ""))
		f.text = len(f.r.Output)
		at := f.text - 1
		it := f.r.Output[at]
		it.Content = []responsePart{}
		if err := f.emit("response.output_item.added", map[string]any{"output_index": at, "item": it}); err != nil {
			return err
		}
		if err := f.emit("response.content_part.added", map[string]any{"output_index": at, "item_id": it.ID, "content_index": 0, "part": f.r.Output[at].Content[0]}); err != nil {
			return err
		}
	}
	it := &f.r.Output[f.text-1]
	it.Content[0].Text += text
	return f.emit("response.output_text.delta", map[string]any{"output_index": f.text - 1, "item_id": it.ID, "content_index": 0, "delta": text, "logprobs": []struct{}{}})
}

// call adds to a function's call.
func (f *responseFilter) call(t toolCall) error {
	at, ok := f.calls[t.Index]
	if !ok {
		if f.calls == nil {
			f.calls = map[int]int{}
		}
		at = len(f.r.Output)
		f.calls[t.Index] = at
		arguments := t.Function.Arguments
		t.Function.Arguments = ""
		f.r.Output = append(f.r.Output, callItem(newID("fc_"), "in_progress", t))
		if err := f.emit("response.output_item.added", map[string]any{"output_index": at, "item": f.r.Output[at]}); err != nil {
			return err
		}
		t.Function.Arguments = arguments
	}
	it := &f.r.Output[at]
	if t.Function.Arguments == "" {
		return nil
	}
	whole := *it.Arguments + t.Function.Arguments
	it.Arguments = &whole
	return f.emit("response.function_call_arguments.delta", map[string]any{"output_index": at, "item_id": it.ID, "delta": t.Function.Arguments})
}

func (f *responseFilter) end() [][]byte {
	f.out = nil
	_ = f.begin() // of values that were marshalled before, as all here
	for i := range f.r.Output {
		it := &f.r.Output[i]
		it.Status = "completed"
		at := map[string]any{"output_index": i, "item_id": it.ID}
		if it.Type == "message" {
			at["content_index"], at["text"], at["logprobs"] = 0, it.Content[0].Text, []struct{}{}
			_ = f.emit("response.output_text.done", at)
			_ = f.emit("response.content_part.done", map[string]any{"output_index": i, "item_id": it.ID, "content_index": 0, "part": it.Content[0]})
		} else {
			at["arguments"], at["name"] = *it.Arguments, it.Name
			_ = f.emit("response.function_call_arguments.done", at)
		}
		_ = f.emit("response.output_item.done", map[string]any{"output_index": i, "item": it})
	}
	f.r.close(f.finish)
	_ = f.emit("response."+f.r.Status, map[string]any{"response": f.r})
	return f.out
}

// fail is a response that failed, with the error as OpenAI has it there.
func (f *responseFilter) fail(raw []byte) []byte {
	var e struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(raw, &e) // it was made here
	f.r.Status, f.r.Error, f.out = "failed", e.Error, nil
	_ = f.emit("response.failed", map[string]any{"response": f.r})
	if len(f.out) == 0 {
		return raw
	}
	return f.out[0]
}

// name is the type of an event of this filter.
func (f *responseFilter) name(data []byte) string {
	var e struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(data, &e) // it was made here
	return e.Type
}

func (f *responseFilter) rewritten() string { return rewrittenResponses }

// trailer is false: clients of responses know their last event by its name, and would take a receipt for an error; it is a comment in front of that one.
func (f *responseFilter) trailer() bool { return false }
