// Package template writes conversations as the text that models of a family were trained on, so that whoever serves a model and
// whoever verifies it give it the same prompt.
//
//   - plain, of a file without a template: the contents of all messages, one after another with a line break between, and nothing
//     else. The answer goes on with the last one. For models that were trained on text and not on conversations.
//   - chatml (Qwen and many others): each message as <|im_start|>ROLE, a line break, the content, <|im_end|>, a line break; then
//     <|im_start|>assistant and a line break.
//   - llama3: each message as <|start_header_id|>ROLE<|end_header_id|>, two line breaks, the content without white space around it,
//     <|eot_id|>; then the header of an assistant.
//
// Marks such as <|im_start|> are special tokens, and only those that the template writes are: a user cannot write one. The role developer is
// written as system, and names of speakers are left out.
//
// The templates in files are programs (Jinja), which this package does not run: it tells a family by its marks and refuses others. A
// template that adds a system message of its own where there is none is written without it here.
package template
