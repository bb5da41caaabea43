// The form of one operation: its parameters, its body, and what a request of them looks like.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function resolve(schema, description) {
  const name = schema?.$ref?.split("/").pop();
  return name ? description.components.schemas[name] : (schema ?? {});
}

// An input that fits the parameter: a choice, or a line of text.
function field(parameter, id, description) {
  let schema = resolve(parameter.schema, description);
  if (schema.type === "array") schema = resolve(schema.items, description);
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
  if (!choices) {
    return element("input", { id, type: "text", required: parameter.required, value: parameter.example });
  }
  const chosen = element("select", { id }, element("option", { value: "" }, "–"));
  chosen.append(...choices.map((one) => element("option", { value: one }, String(one))));
  return chosen;
}

function hint(parameter, description) {
  const schema = resolve(parameter.schema, description);
  const parts = [parameter.description?.replace(/\.$/, ""), `in the ${parameter.in}`];
  if (schema.minimum != null && schema.maximum != null && schema.maximum < 1e9) {
    parts.push(`${schema.minimum} to ${schema.maximum}`);
  }
  if (schema.default != null && schema.default !== "" && !Array.isArray(schema.default)) {
    parts.push(`default ${schema.default}`);
  }
  return parts.filter(Boolean).join("; ");
}

function parameters(operation, description) {
  return (operation.parameters ?? []).map((parameter) => {
    const id = `${operation.operationId}-${parameter.name}`;
    const input = field(parameter, id, description);
    input.setAttribute("aria-describedby", `${id}-about`);
    const about = element("p", { id: `${id}-about` }, hint(parameter, description));
    const shown = element("div", { class: "field" }, element("label", { for: id }, parameter.name), input, about);
    return { parameter, input, shown };
  });
}

function body(operation) {
  const examples = operation.requestBody?.content?.["application/json"]?.examples;
  if (!operation.requestBody) return null;
  const written = (name) => JSON.stringify(examples?.[name]?.value ?? {}, null, 2);
  const names = Object.keys(examples ?? {});
  const id = `${operation.operationId}-body`;
  const input = element("textarea", { id, rows: 6, spellcheck: "false" });
  input.value = written(names[0]);
  const shown = element("div", { class: "field" }, element("label", { for: id }, "Body (JSON)"), input);
  if (names.length > 1) {
    const choice = element("select", { id: `${id}-example` });
    choice.append(...names.map((name) => element("option", { value: name }, name)));
    choice.addEventListener("change", () => { input.value = written(choice.value); });
    shown.prepend(element("label", { for: choice.id }, "Example"), choice);
  }
  return { input, shown };
}

// The parts to show, and `request()`: what they say now.
export function form(method, path, operation, description) {
  const fields = parameters(operation, description);
  const text = body(operation);
  const request = () => {
    let filled = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { parameter, input } of fields) {
      if (parameter.in === "path") {
        filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      } else if (input.value !== "") {
        if (parameter.in === "query") query.append(parameter.name, input.value);
        if (parameter.in === "header") headers[parameter.name] = input.value;
      }
    }
    if (text) headers["Content-Type"] = "application/json";
    const asked = query.size ? `${filled}?${query}` : filled;
    return { method, path: asked, headers, body: text?.input.value };
  };
  return { parts: [...fields.map((one) => one.shown), ...(text ? [text.shown] : [])], request };
}
