// What makes two lines of a cart the same: sku, chosen options, store and fulfilment. Personalisation is
// an option. Protocol/documents.md section 1.
internal import CRDT

public struct LineKey: Hashable, Sendable {
    public let sku: String
    /// By ascending name.
    public let options: [(name: String, value: String)]
    public let store: String?
    /// `ship` or `pickup`.
    public let fulfilment: String?

    public init(sku: String, options: [String: String] = [:], store: String? = nil, fulfilment: String? = nil) throws(DocumentError) {
        try checkName("The SKU", sku)
        if let store {
            try checkName("The store", store)
            guard SpaceID("store:\(store)") != nil, store != "*" else { throw .invalid("The store", store, "a store's name has 1 to 120 letters without spaces") }
        }
        if let fulfilment, !["ship", "pickup"].contains(fulfilment) { throw .invalid("The fulfilment", fulfilment, "it is ship or pickup") }
        for (name, value) in options {
            try checkName("The option", name)
            try checkName("The option's value", value)
        }
        self.sku = sku
        self.options = options.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { (name: $0.key, value: $0.value) }
        self.store = store
        self.fulfilment = fulfilment
        guard id.utf8.count <= DocumentLimits.lineBytesMax else { throw .tooLarge("A line's options", DocumentLimits.lineBytesMax) }
    }

    /// `SKU`, or `SKU;o:color=red;s:S1;f:ship`: equal keys have equal ids, and an id is read back.
    public var id: String {
        var parts = [LineKey.escaped(sku)]
        for (name, value) in options { parts.append("o:\(LineKey.escaped(name))=\(LineKey.escaped(value))") }
        if let store { parts.append("s:\(LineKey.escaped(store))") }
        if let fulfilment { parts.append("f:\(fulfilment)") }
        return parts.joined(separator: ";")
    }

    /// Reads an id that a document holds.
    package init(line id: String) {
        let parts = id.split(separator: ";", omittingEmptySubsequences: false)
        sku = LineKey.unescaped(parts.first ?? "")
        var options: [(name: String, value: String)] = []
        var store: String?, fulfilment: String?
        for part in parts.dropFirst() {
            let text = part.dropFirst(2)
            switch part.prefix(2) {
            case "o:":
                let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                options.append((LineKey.unescaped(pair.first ?? ""), LineKey.unescaped(pair.count > 1 ? pair[1] : "")))
            case "s:": store = LineKey.unescaped(text)
            case "f:": fulfilment = String(text)
            default: break
            }
        }
        self.options = options
        self.store = store
        self.fulfilment = fulfilment
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case ";": result += "%3B"
            case "=": result += "%3D"
            case "/": result += "%2F"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("%") else { return String(text) }
        var result = ""
        var rest = text
        while let first = rest.first {
            let code = rest.prefix(3)
            if let plain = ["%25": "%", "%3B": ";", "%3D": "=", "%2F": "/"][String(code)] {
                result += plain
                rest = rest.dropFirst(3)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    public static func == (left: LineKey, right: LineKey) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
