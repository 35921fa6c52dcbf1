using Binlog.MySql.Protocol;
using Binlog.MySql.Sessions;
using Binlog.MySql.Tests.Fakes;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.MySql.Tests.Protocol;

/// <summary>Whatever the bytes are, a parser returns or throws the one typed error.</summary>
public class PayloadFuzzTests
{
    private static readonly (string Name, Action<byte[]> Parse, byte[] Good)[] Parsers =
    [
        ("greeting", bytes => InitialHandshakePayload.Parse(bytes), FakePackets.Greeting()),
        ("OK", bytes => OkPayload.Parse(bytes), FakePackets.Ok(70_000, ulong.MaxValue)),
        ("EOF", bytes => EofPayload.Parse(bytes), FakePackets.Eof()),
        ("ERR", bytes => ErrPayload.Parse(bytes), FakePackets.Err(1062, "Duplicate entry", "23000")),
        ("switch", bytes => AuthSwitchPayload.Parse(bytes), FakePackets.AuthSwitch("mysql_native_password", FakePackets.Nonce)),
        ("column", bytes => ColumnDefinitionPayload.Parse(bytes), FakePackets.Column("some_column")),
        ("column count", bytes => ResponseReader.ParseColumnCount(bytes), [0xFC, 0x00, 0x02]),
        ("row", ParseRow, FakePackets.Row("a", null, new string('x', 300))),
    ];

    public static TheoryData<string> Names => [.. Parsers.Select(parser => parser.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_TruncatedAtEveryOffset_ReturnsOrThrowsTheTypedError(string name)
    {
        var (_, parse, good) = Parsers.Single(parser => parser.Name == name);
        parse(good);
        var refused = 0;
        for (var length = 0; length < good.Length; length++)
        {
            refused += Runs(parse, good[..length]) ? 0 : 1;
        }

        Assert.InRange(refused, 1, good.Length);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_EveryBitFlipped_ReturnsOrThrowsTheTypedError(string name)
    {
        var (_, parse, good) = Parsers.Single(parser => parser.Name == name);
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit >> 3] ^= (byte)(1 << (bit & 7));
            Runs(parse, bad);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_RandomBytes_ReturnsOrThrowsTheTypedError(string name)
    {
        var (_, parse, good) = Parsers.Single(parser => parser.Name == name);
        Prop.ForAll<byte[]>(bytes =>
            {
                Runs(parse, bytes);
                Runs(parse, [good[0], .. bytes]);
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static bool Runs(Action<byte[]> parse, byte[] bytes)
    {
        try
        {
            parse(bytes);
            return true;
        }
        catch (MySqlProtocolException e)
        {
            Assert.NotEmpty(e.Message);
            return false;
        }
    }

    private static void ParseRow(byte[] bytes)
    {
        var reader = new PayloadReader(bytes, "row");
        for (var i = 0; i < 3; i++)
        {
            var (start, length) = reader.ReadField();
            Assert.InRange(length, -1, bytes.Length - Math.Min(start, bytes.Length));
        }

        reader.ExpectEnd();
    }
}
