package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agon-chain/agon/task/chat"
)

// ErrUnknown is a template that this package does not know.
var ErrUnknown = errors.New("unknown chat template")

// Part is a piece of a prompt.
type Part struct {
	Text string
	// Special says that marks in the text are special tokens. It is never set for what came with a request.
	Special bool
}

// Template is a family's way. The zero value is Plain.
type Template struct {
	name   string
	marks  string // that tells the family in the program of a file
	end    string // the mark that ends a message
	render func([]chat.Message) []Part
}

// The templates that there are.
var (
	Plain  = Template{name: "plain", render: plain}
	ChatML = Template{name: "chatml", marks: "<|im_start|>", end: "<|im_end|>", render: chatML}
	Llama3 = Template{name: "llama3", marks: "<|start_header_id|>", end: "<|eot_id|>", render: llama3}
)

var all = []Template{Plain, ChatML, Llama3}

// Name of the template.
func (t Template) Name() string {
	if t.render == nil {
		return Plain.name
	}
	return t.name
}

// End is the mark that ends a message, and so an answer; empty where the vocabulary's own end does.
func (t Template) End() string { return t.end }

// Named finds a template by its name. Errors: ErrUnknown.
func Named(name string) (Template, error) {
	for _, t := range all {
		if t.name == name {
			return t, nil
		}
	}
	return Template{}, fmt.Errorf("%w: %.32q, want plain, chatml or llama3", ErrUnknown, name)
}

// Of finds the template of a file by the program that stands in it under tokenizer.chat_template; Plain for none. Errors: ErrUnknown.
func Of(program string) (Template, error) {
	if strings.TrimSpace(program) == "" {
		return Plain, nil
	}
	for _, t := range all {
		if t.marks != "" && strings.Contains(program, t.marks) {
			return t, nil
		}
	}
	return Template{}, fmt.Errorf("%w: the file's begins with %.60q; name the one to use: plain, chatml or llama3", ErrUnknown, program)
}

// Render is the prompt of a conversation.
func (t Template) Render(messages []chat.Message) []Part {
	if t.render == nil {
		return plain(messages)
	}
	return t.render(messages)
}

func plain(messages []chat.Message) []Part {
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.Content
	}
	return []Part{{Text: strings.Join(texts, "\n")}}
}

func role(m chat.Message) string {
	if m.Role == chat.RoleDeveloper {
		return chat.RoleSystem
	}
	return m.Role
}

func chatML(messages []chat.Message) []Part {
	var out []Part
	for _, m := range messages {
		out = append(out, Part{"<|im_start|>" + role(m) + "\n", true}, Part{Text: m.Content}, Part{"<|im_end|>\n", true})
	}
	return join(append(out, Part{"<|im_start|>" + chat.RoleAssistant + "\n", true}))
}

func llama3(messages []chat.Message) []Part {
	header := func(role string) Part { return Part{"<|start_header_id|>" + role + "<|end_header_id|>\n\n", true} }
	var out []Part
	for _, m := range messages {
		out = append(out, header(role(m)), Part{Text: strings.TrimSpace(m.Content)}, Part{"<|eot_id|>", true})
	}
	return join(append(out, header(chat.RoleAssistant)))
}

// join leaves out what is empty and puts neighbours of one kind together, so that they are cut into tokens as one text.
func join(parts []Part) []Part {
	parts = slices.DeleteFunc(parts, func(p Part) bool { return p.Text == "" })
	out := parts[:0]
	for _, p := range parts {
		if n := len(out); n > 0 && out[n-1].Special == p.Special {
			out[n-1].Text += p.Text
			continue
		}
		out = append(out, p)
	}
	return out
}
