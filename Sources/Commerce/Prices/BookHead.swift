// Which book it is: of whom, which version, and from when on. Protocol/prices.md 1.
package import CRDT

/// A version of a tenant's or a store's book. A quote and a total say by it what they were worked out with.
package struct BookRef: Hashable, Sendable {
    /// `tenant`, or `store:NAME`.
    package let scope: String
    package let version: Int64

    package static let tenant = "tenant"

    package init(scope: String, version: Int64) throws(CommerceError) {
        if scope != BookRef.tenant {
            guard scope.hasPrefix("store:") else { throw .invalid("The scope", scope, "it is tenant or store:NAME") }
            _ = try StockNames.space(String(scope.dropFirst(6)))
        }
        guard version > 0 else { throw .invalid("The version", "\(version)", "it is a whole number from 1 on") }
        (self.scope, self.version) = (scope, version)
    }

    package var value: Value { .map([("scope", .string(scope)), ("version", .int(version))]) }

    package init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a book's version", ["scope", "version"])
        try self.init(scope: value.text("scope"), version: value.integer("version"))
    }
}

package struct BookHead: Hashable, Sendable {
    package let book: BookRef
    /// In the hub's time, in milliseconds; from then on it holds, until a higher version does.
    package let validFrom: Int64

    package init(_ book: BookRef, validFrom: Int64) throws(CommerceError) {
        (self.book, self.validFrom) = (book, try BookHead.time("validFrom", validFrom))
    }

    static let keys = ["scope", "version", "validFrom"]

    init(_ value: Value) throws(CommerceError) {
        try self.init(BookRef(scope: value.text("scope"), version: value.integer("version")), validFrom: value.integer("validFrom"))
    }

    var fields: [(String, Value)] { [("scope", .string(book.scope)), ("version", .int(book.version)), ("validFrom", .int(validFrom))] }

    static func time(_ what: String, _ time: Int64) throws(CommerceError) -> Int64 {
        guard (0...CommerceLimits.timeMax).contains(time) else { throw .invalid("The time \(what)", "\(time)", "it is in milliseconds since 1970, up to the year 9999") }
        return time
    }
}
