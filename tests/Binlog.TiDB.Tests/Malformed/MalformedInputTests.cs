using FsCheck;
using FsCheck.Fluent;

namespace Binlog.TiDB.Tests.Malformed;

/// <summary>Whatever the bytes are, a parser succeeds or throws <see cref="TiDBFormatException"/>.</summary>
public sealed class MalformedInputTests
{
    private const int SamplesPerParser = 6;

    public static TheoryData<string> Names => [.. Parsers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_ValidSample_Succeeds(string name)
    {
        Assert.NotEmpty(Parsers.Samples[name]);
        Assert.All(Parsers.Samples[name], sample => Assert.False(Damage.Refuses(Parsers.All[name], sample)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_TruncatedAtEveryOffset_SucceedsOrRefuses(string name)
    {
        var refused = Spread(name).SelectMany(Damage.Truncated).Count(bytes => Damage.Refuses(Parsers.All[name], bytes));

        Assert.True(refused > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_EveryBitFlipped_SucceedsOrRefuses(string name)
    {
        var refused = Spread(name).SelectMany(Damage.BitFlipped).Count(bytes => Damage.Refuses(Parsers.All[name], bytes));

        Assert.True(refused > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_RandomBytes_SucceedsOrRefuses(string name) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true),
            Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
            {
                Damage.Refuses(Parsers.All[name], bytes);
            }));

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_SampleWithRandomEdits_SucceedsOrRefuses(string name)
    {
        var edited =
            from sample in Gen.Elements(Parsers.Samples[name].ToArray())
            from edits in (from at in Gen.Choose(0, Math.Max(0, sample.Length - 1)) from value in Gen.Choose(0, 255) select (at, value)).ListOf(4)
            select Edit(sample, edits);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true), Prop.ForAll(edited.ToArbitrary(), bytes =>
        {
            Damage.Refuses(Parsers.All[name], bytes);
        }));
    }

    private static IEnumerable<byte[]> Spread(string name)
    {
        var samples = Parsers.Samples[name];
        return samples.Where((_, index) => index % Math.Max(1, samples.Count / SamplesPerParser) == 0).Where(sample => sample.Length < 3000);
    }

    private static byte[] Edit(byte[] sample, IEnumerable<(int At, int Value)> edits)
    {
        var copy = (byte[])sample.Clone();
        foreach (var (at, value) in edits)
        {
            if (at < copy.Length)
            {
                copy[at] = (byte)value;
            }
        }

        return copy;
    }
}
