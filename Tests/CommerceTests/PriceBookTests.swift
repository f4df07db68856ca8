import Commerce
import CRDT
import Foundation
import Testing

/// Books as values: one form, read back equal, and whatever is wrong is named.
struct PriceBookTests {
    private static let book = #"{"scope":"store:S1","version":3,"validFrom":5,"currency":"EUR","prices":{"A":{"unit":0},"B":{"unit":100000000000,"tags":["y","x"]}}}"#
    private static let promotion = #"{"id":"p","text":"10 %","kind":"percentage","basisPoints":1000,"stacking":"stackable"}"#

    @Test func `a price book is written in one form, and read back`() throws {
        let book = try PriceBook(Value(json: PriceBookTests.book))
        #expect(try PriceBook(book.value) == book)
        #expect(book.price(of: "B")?.tags == ["x", "y"])
        #expect(book.price(of: "C") == nil)
        #expect(book.value["prices"]?["A"] == .map([("unit", .int(0))]))
    }

    /// Each: what stands in the book, what is put in its place, and what the refusal says.
    @Test(arguments: [
        ("tenant-or-store", #""store:S1""#, #""shop:S1""#, "it is tenant or store:NAME"), ("a store", #""store:S1""#, #""store:""#, "The store"),
        ("version", #""version":3"#, #""version":0"#, "The version"), ("version", #""version":3"#, #""version":"3""#, "version"),
        ("time", #""validFrom":5"#, #""validFrom":-1"#, "validFrom"), ("time", #""validFrom":5"#, #""validFrom":1764288000000000"#, "validFrom"),
        ("currency", "EUR", "eur", "The currency"), ("prices", #""prices""#, #""price""#, "\"price\""), ("negative", #""unit":0"#, #""unit":-1"#, "The number unit"),
        ("absurd", "100000000000", "100000000001", "The number unit"), ("unit", #""unit":0"#, #""unit":"0""#, "\"unit\""), ("no unit", #"{"unit":0}"#, "{}", "\"unit\""),
        ("unknown", #"{"unit":0}"#, #"{"unit":0,"tax":1}"#, "\"tax\""), ("sku", #""A""#, #""""#, "The sku"), ("tag twice", #""y","x""#, #""y","y""#, "The name in tags"),
        ("tag", #""y","x""#, "1", "a list of texts"), ("not a structure", #"{"unit":0}"#, "7", "the price of A"),
    ])
    func `a bad price book is refused by name`(what: String, good: String, bad: String, says: String) throws {
        let text = PriceBookTests.book.replacingOccurrences(of: good, with: bad)
        #expect(text != PriceBookTests.book)
        let error = #expect(throws: CommerceError.self, "\(what)") { try PriceBook(Value(json: text)) }
        #expect(error?.code == "invalid-value")
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test func `a book has bounds`() throws {
        let many = Value.map((0...CommerceLimits.pricesMax).map { ("S\($0)", .map([("unit", .int(1))])) })
        let error = #expect(throws: CommerceError.self) {
            try PriceBook(.map([("scope", .string("tenant")), ("version", .int(1)), ("validFrom", .int(0)), ("currency", .string("EUR")), ("prices", many)]))
        }
        #expect(error?.code == "too-large")
        let promotions = #expect(throws: CommerceError.self) { try PromotionBook(Shop.promotions((0...CommerceLimits.promotionsMax).map { _ in PriceBookTests.promotion })) }
        #expect(promotions?.code == "too-large")
    }

    static let promotions = [
        #"{"kind":"percentage","basisPoints":10000,"skus":["b","a"],"tags":["t"],"stores":["S2","S1"],"channels":["web"],"validFrom":1,"validUntil":2,"priority":7}"#,
        #"{"kind":"amount-off","amount":{"minor":500,"currency":"EUR"},"stacking":"exclusive","voucher":{"code":"WELCOME5","uses":100,"perPerson":1}}"#,
        #"{"kind":"buy-get","buy":2,"free":1,"voucher":{"code":"X"}}"#, #"{"kind":"threshold","from":{"minor":5000,"currency":"EUR"},"basisPoints":500}"#,
        #"{"kind":"threshold","from":{"minor":5000,"currency":"EUR"},"amount":{"minor":5,"currency":"EUR"}}"#,
        #"{"kind":"bundle","items":{"B":2,"A":1},"price":{"minor":0,"currency":"EUR"}}"#,
    ]

    @Test(arguments: promotions)
    func `a promotion is written in one form, and read back`(text: String) throws {
        let book = try PromotionBook(Shop.promotions([text]))
        #expect(try PromotionBook(book.value) == book)
        // Every key that was given comes out again.
        let given = try Value(json: text)
        if case .fields(let fields) = given, case .list(let items)? = book.value["promotions"] { for field in fields { #expect(items.first?.isThere(field.key) == true, "\(field.key)") } }
    }

    @Test(arguments: [
        (#"{"kind":"percentage","basisPoints":0}"#, "basisPoints"), (#"{"kind":"percentage","basisPoints":10001}"#, "basisPoints"), (#"{"kind":"percentage","percent":10}"#, "basisPoints"),
        (#"{"kind":"percentage","basisPoints":1,"buy":2}"#, "\"buy\""), (#"{"kind":"gift"}"#, "The kind"), (#"{"kind":"amount-off","amount":{"minor":0,"currency":"EUR"}}"#, "The amount amount"),
        (#"{"kind":"amount-off","amount":5}"#, "an amount"), (#"{"kind":"amount-off","amount":{"minor":1,"currency":"EUR","tax":0}}"#, "\"tax\""),
        (#"{"kind":"buy-get","buy":0,"free":1}"#, "buy"), (#"{"kind":"buy-get","buy":1,"free":1001}"#, "free"),
        (#"{"kind":"threshold","from":{"minor":1,"currency":"EUR"}}"#, "either"), (#"{"kind":"threshold","from":{"minor":1,"currency":"EUR"},"basisPoints":1,"amount":{"minor":1,"currency":"EUR"}}"#, "either"),
        (#"{"kind":"bundle","items":{},"price":{"minor":1,"currency":"EUR"}}"#, "items"), (#"{"kind":"bundle","items":{"A":0},"price":{"minor":1,"currency":"EUR"}}"#, "The count of"),
        (#"{"kind":"bundle","items":{"A":1},"price":{"minor":1,"currency":"EUR"},"tags":["t"]}"#, "by its items alone"),
        (#"{"kind":"percentage","basisPoints":1,"stacking":"both"}"#, "stacking"), (#"{"kind":"percentage","basisPoints":1,"priority":1001}"#, "priority"),
        (#"{"kind":"percentage","basisPoints":1,"validFrom":5,"validUntil":5}"#, "ends before"), (#"{"kind":"percentage","basisPoints":1,"stores":["S 1"]}"#, "The store"),
        (#"{"kind":"percentage","basisPoints":1,"text":""}"#, "The text"), (#"{"kind":"percentage","basisPoints":1,"id":""}"#, "id"), (#"{"kind":"percentage","basisPoints":1,"skus":["a","a"]}"#, "skus"),
        (#"{"kind":"percentage","basisPoints":1,"sku":["a"]}"#, "\"sku\""), (#"{"kind":"percentage","basisPoints":1,"voucher":{"code":""}}"#, "code"),
        (#"{"kind":"percentage","basisPoints":1,"voucher":{"code":"a","uses":0}}"#, "uses"), (#"{"kind":"percentage","basisPoints":1,"voucher":{"code":"a","limit":1}}"#, "\"limit\""),
    ])
    func `a bad promotion is refused by name`(text: String, says: String) throws {
        let value = try Shop.promotions([text])
        let error = #expect(throws: CommerceError.self) { try PromotionBook(value) }
        #expect(error?.code == "invalid-value" && error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test func `ids stand once, and amounts of one promotion have one currency`() throws {
        let twice = try Shop.promotions([PriceBookTests.promotion, PriceBookTests.promotion])
        #expect(throws: CommerceError("invalid-value", "The promotion \"p\" is there twice: each stands once.")) { try PromotionBook(twice) }
        let mixed = try Shop.promotions([#"{"kind":"threshold","from":{"minor":1,"currency":"EUR"},"amount":{"minor":1,"currency":"USD"}}"#])
        #expect(throws: CommerceError("currency-mismatch", "EUR and USD can't be added up: use one currency in an order.")) { try PromotionBook(mixed) }
    }

    @Test func `one version has one content`() throws {
        let (one, other) = (try PriceBook(Shop.prices()), try PriceBook(Shop.prices(from: 1)))
        _ = try PreparedBooks(prices: [one, one], promotions: [])
        #expect(throws: CommerceError("payload-conflict", "Version 1 of tenant has two contents: publish the later one under a higher version.")) {
            try PreparedBooks(prices: [one, other], promotions: [])
        }
    }
}
