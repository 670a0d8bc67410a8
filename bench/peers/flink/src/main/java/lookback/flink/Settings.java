// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The command line: --name value, each once. */
final class Settings {
	private static final Set<String> NEEDED = Set.of("bootstrap", "clicks", "orders", "output", "state", "threads", "commit-ms", "lookback-ms", "variant");
	private static final Set<String> OPTIONAL = Set.of("late-ms", "rest-ms", "set");
	private final Map<String, String> values = new HashMap<>();

	Settings(String[] arguments) {
		for (int i = 0; i < arguments.length; i += 2) {
			String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
			if (i + 1 == arguments.length || !NEEDED.contains(name) && !OPTIONAL.contains(name))
				throw new IllegalArgumentException("unknown, or without a value: " + arguments[i]);
			values.put(name, arguments[i + 1]);
		}
		for (String name : NEEDED)
			if (!values.containsKey(name))
				throw new IllegalArgumentException("--" + name + " is missing");
		if (!Set.of("defaults", "tuned").contains(text("variant")))
			throw new IllegalArgumentException("--variant is defaults or tuned, not " + text("variant"));
	}

	String text(String name) {
		return values.get(name);
	}

	long number(String name, long otherwise) {
		return values.containsKey(name) ? Long.parseLong(values.get(name)) : otherwise;
	}

	boolean tuned() {
		return text("variant").equals("tuned");
	}

	String group() {
		return "flink-" + text("variant");
	}
}
