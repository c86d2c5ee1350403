import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../../api';
import type { Errors } from '../../components/ErrorSummary';
import { Field } from '../../components/Field';
import { Notice } from '../../components/Notice';
import { type Key, t } from '../../language';
import { Frame } from './Frame';
import { QuestionChoice } from './QuestionChoice';
import type { StepProps } from './SecurityInfo';
import { type Question, catalogue, setQuestions } from './state';

/** Takes questions and answers: the whole set, which replaces the former one. The answers are never stored. */
export function QuestionsStep(props: StepProps) {
    const { registration, state, errors, failure, type, refuse, run } = props;
    const count = registration.securityQuestions.required;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const chosen = numbers.map((index) => state.chosen?.[index] ?? '');
    const [questions, setAll] = useState<Question[]>([]);
    const [answers, setAnswers] = useState(numbers.map(() => ''));
    const [unloaded, setUnloaded] = useState<Failure>();
    const load = () => {
        setUnloaded(undefined);
        catalogue().then(setAll, setUnloaded);
    };
    useEffect(load, []);

    const submit = () => {
        if (!questions.length) return load();
        const missing: Errors = {};
        numbers.forEach((index) => {
            if (!chosen[index]) missing[`question-${index}`] = t('securityInfo.questionMissing', { number: index + 1 });
            if (!answers[index]?.trim()) missing[`answer-${index}`] = t('securityInfo.answerMissing', { number: index + 1 });
        });
        if (Object.keys(missing).length) return refuse(missing);
        run(async () => {
            await setQuestions(numbers.map((index) => ({ questionId: chosen[index]!, answer: answers[index]! })));
            return { step: 'overview', done: 'questions' };
        });
    };
    const replace = (list: string[], at: number, value: string) => list.map((old, index) => (index === at ? value : old));
    const reasons = failure?.code === 'answers-rejected' ? failure.reasons : [];

    return (
        <Frame
            {...props}
            failure={reasons.length ? undefined : (failure ?? unloaded)}
            heading={t('securityInfo.questionsHeading')}
            submit={unloaded ? t('securityInfo.retry') : t('securityInfo.saveQuestions')}
            onSubmit={submit}
        >
            {reasons.length > 0 && (
                <Notice kind="error" title={t('securityInfo.answersTitle')}>
                    <ul>
                        {reasons.map((reason) => (
                            <li key={reason}>{t(`securityInfo.${reason}` as Key)}</li>
                        ))}
                    </ul>
                </Notice>
            )}
            <p>
                {t('securityInfo.questionsLead', { count })}
                {registration.securityQuestions.registered > 0 && ` ${t('securityInfo.questionsReplace')}`}
            </p>
            <p>{t('securityInfo.questionsAdvice')}</p>
            {numbers.map((index) => (
                <fieldset key={index} class="stack pair">
                    <legend class="visually-hidden">{t('securityInfo.question', { number: index + 1 })}</legend>
                    <QuestionChoice
                        number={index}
                        questions={questions.filter(({ questionId }) => questionId === chosen[index] || !chosen.includes(questionId))}
                        value={chosen[index]!}
                        error={errors[`question-${index}`]}
                        onChange={(id) => type({ ...state, chosen: replace(chosen, index, id) })}
                    />
                    <Field
                        id={`answer-${index}`}
                        label={t('securityInfo.answer', { number: index + 1 })}
                        autoComplete="off"
                        value={answers[index]!}
                        error={errors[`answer-${index}`]}
                        onInput={(answer) => setAnswers(replace(answers, index, answer))}
                    />
                </fieldset>
            ))}
        </Frame>
    );
}
